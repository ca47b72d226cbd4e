"""Article files → clean text → questions and passages."""
