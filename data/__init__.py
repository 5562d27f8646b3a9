"""The memory: the Parquet lake, the order journal, model files; read and write, nothing else."""
