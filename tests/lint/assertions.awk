# assertions: reads the bats files and what they share; prints each assertion whose failure nobody would notice. Under
# set -e a shell ends for neither the first commands of an && list nor for one with "!" before it; and what waits for $!
# waits for the last process substitution, if there was one since.
#
# In a test no statement may be "a && b" or "! a"; in a function, "a && [ b ]" only as the last command. Lists with
# "||" say what follows, conditions and what stands in braces or parentheses are not looked at.

# take: adds to statement, which is what is between the ends of two lines outside of quotes and parentheses, quoted text left out.
function take(line, i, c, rest, top)
{
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		rest = substr(line, i)
		top = substr(open, length(open))
		if (top == "'" || top == "$") {
			if (c == "\\" && top == "$")
				i++
			else if (c == "'")
				open = substr(open, 1, length(open) - 1)
		} else if (c == "\\")
			i++
		else if (top == "\"" && c == "\"")
			open = substr(open, 1, length(open) - 1)
		else if (match(rest, /^\$[({]/)) {
			open = open substr(rest, 2, 1)
			i++
		} else if (top == "\"")
			continue
		else if (rest ~ /^\$'/) {
			open = open "$"
			i++
		} else if (c == "'" || c == "\"" || c == "(" || (c == "{" && rest ~ /^{ /))
			open = open c
		else if (top == "[" && rest ~ /^ \]\]/)
			open = substr(open, 1, length(open) - 1)
		else if (open == "" && rest ~ /^\[\[ /) {
			open = "["
			statement = statement "[[ "
			i += 2
		} else if (c == ")" && top == "(" || c == "}" && top == "{")
			open = substr(open, 1, length(open) - 1)
		else if (c == "#" && (i == 1 || substr(line, i - 1, 1) ~ /[ \t]/))
			break
		else if (open == "")
			statement = statement c
	}
	if (match(line, /<<-?'?[A-Z]+/)) {
		heredoc = substr(line, RSTART, RLENGTH)
		sub(/^<<-?'?/, "", heredoc)
	}
}
function say()
{
	if (statement ~ /\|\|/ || statement ~ /^(if|elif|while|until) /)
		return
	if (is_test && (statement ~ /&&/ || statement ~ /^! /))
		print FILENAME ":" first ": a failure before the last && is not noticed, nor one after !: one assertion a line"
	else if (statement ~ /^(kill|wait|ends) .*\$!/)
		print FILENAME ":" first ": $! may be a process substitution by now: keep it in a variable at once"
	else if (statement ~ /&& \[\[? [^&]*$/)
		waits = FILENAME ":" first ": a failure here is not noticed"
}
FNR == 1 {
	open = statement = heredoc = waits = ""
	is_test = 0
}
heredoc != "" {
	if ($1 == heredoc)
		heredoc = ""
	next
}
/^@test .*{$/ {
	is_test = 1
	next
}
/^}/ {
	is_test = 0
	waits = ""
}
{
	if (statement == "" && open == "")
		first = FNR
	take($0)
	if (open != "" || statement ~ /(&&|\|)[ \t]*$/ || /\\$/)
		next
	gsub(/^[ \t]+|[ \t]+$/, "", statement)
	if (statement == "")
		next
	if (waits != "" && statement !~ /^(done|fi|else|elif|;;|esac|[^ ]*\))/)
		print waits
	waits = ""
	say()
	statement = ""
}
