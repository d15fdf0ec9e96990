"""`hookscope replay`: which captures, in which form, and the sending of them."""
