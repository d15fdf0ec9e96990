"""How the receiver is reached from outside: by ngrok, or by an address of the user's own."""
