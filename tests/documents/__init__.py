"""The pages of docs/ keep what they promise: their programs run, their tables are true, their links lead somewhere."""
