# words: reads what code.awk prints; prints each word that may not stand where it stands.
# forbid NAME HOMES PATTERN: PATTERN, a word before "(" unless it says otherwise, only in files matching HOMES.
function forbid(what, homes, pattern)
{
	if (file !~ homes && match(code, pattern))
		print file ":" number ": " what
}
BEGIN {
	before = "(^|[^A-Za-z0-9_.>])"
}
{
	split($0, part, ":")
	file = part[1]
	number = part[2]
	code = substr($0, length(file) + length(number) + 3)
	is_test = file ~ /^tests\//
	if (is_test)
		next
	forbid("exit outside cli/diag and base/alloc", "^lib/(cli/diag|base/alloc)\\.c$", before "exit[ ]*\\(")
	forbid("stderr outside cli/diag and base/alloc", "^lib/(cli/diag|base/alloc)\\.c$", before "(stderr|perror)")
	forbid("the malloc family outside base/alloc", "^lib/base/alloc\\.c$",
		before "(malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf|aligned_alloc|posix_memalign)[ ]*\\(")
	forbid("a clock outside base/clock", "^lib/base/clock\\.c$",
		before "(clock_gettime|gettimeofday|timespec_get|time|ftime)[ ]*\\(")
	forbid("a system call in cmd", "^lib/",
		before "(read|pread|readv|write|pwrite|writev|open|openat|close|poll|select|epoll_wait|ppoll|getopt|getopt_long|fork|pipe|signal|sigaction)[ ]*\\(")
	forbid("the locale or time zone of the machine", "^lib/base/when\\.c$", before "(setlocale|localtime|localtime_r|tzset)[ ]*\\(")
	forbid("alloca", "^$", before "alloca[ ]*\\(")
	forbid("a typedef of a struct", "^$", "typedef[ ]+(struct|union)")
	forbid("a // comment", "^$", "(^|[^:])//")
}
