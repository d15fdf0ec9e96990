"""`hookscope captures`: the local history."""
