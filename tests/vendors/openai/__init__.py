"""OpenAI's Images API on this machine."""
