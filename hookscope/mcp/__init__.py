"""The MCP server of `hookscope mcp`: captures, explanations and, where allowed, replays for an assistant.

Anybody who can send to the receiver can write to the assistant: every text from outside is redacted, bounded, and
labeled untrusted, and nothing here registers, restores, or deletes anything. Only `server` needs the official SDK.
"""
