"""`hookscope check`: command, table, and JUnit report."""
