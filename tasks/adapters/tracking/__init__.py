"""Where trainings are compared, one module each."""
