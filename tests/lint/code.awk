# code: C files with comments and the insides of strings taken out, each line as "FILE:LINE:code".
FNR == 1 {
	in_comment = 0
}
{
	line = $0
	out = ""
	while (line != "") {
		if (in_comment) {
			end = index(line, "*/")
			if (!end)
				break
			line = substr(line, end + 2)
			in_comment = 0
		} else if (match(line, /\/\*|"([^"\\]|\\.)*"|'([^'\\]|\\.)+'/)) {
			out = out substr(line, 1, RSTART - 1)
			token = substr(line, RSTART, RLENGTH)
			line = substr(line, RSTART + RLENGTH)
			if (token == "/*")
				in_comment = 1
			else
				out = out (substr(token, 1, 1) == "\"" ? "\"\"" : "' '")
		} else {
			out = out line
			break
		}
	}
	print FILENAME ":" FNR ":" out
}
