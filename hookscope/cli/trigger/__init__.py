"""`hookscope trigger`: which samples, and the sending of them."""
