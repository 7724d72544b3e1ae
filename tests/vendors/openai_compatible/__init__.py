"""A server with the image interface of OpenAI on this machine."""
