"""The search for specialists: populations of genomes, evaluated as matrices, and what is left of their winners."""
