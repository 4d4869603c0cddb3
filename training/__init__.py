"""Train, evaluate, calibrate and export the networks that `models/` serves. Needs the `train` extra."""
