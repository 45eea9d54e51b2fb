"""What `shards.verify` checks: files, shards, and what holds over the whole dataset."""
