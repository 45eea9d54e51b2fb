"""Everything with weights: teachers behind small protocols, each selected by one string (`models.registry`)."""
