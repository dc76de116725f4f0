# functions: C files in the house style (return type on its own line, braces of a function at the line's start);
# prints "FILE NAME LINES", the lines between the braces.
FNR == 1 {
	name = ""
	start = 0
}
/^[A-Za-z_][A-Za-z0-9_]*\(/ && !start {
	name = $0
	sub(/\(.*/, "", name)
	if (name == "TEST") {
		name = $0
		sub(/^TEST\(/, "", name)
		sub(/\).*/, "", name)
	}
}
/^{/ && name != "" {
	start = FNR
}
/^}/ && start {
	print FILENAME, name, FNR - start - 1
	start = 0
	name = ""
}
