"""The parts of the trainer: batches, the pictures in them, checkpoints, logs."""
