# layers: reads tests/lint/rooms, then C files; prints each #include that the table does not allow.
function room_of(path, part)
{
	split(path, part, "/")
	return part[1] == "lib" ? part[2] : part[1]
}
function say(what)
{
	print FILENAME ":" FNR ": " what
}
BEGIN {
	n = split("aio assert complex cpuid ctype dirent errno fcntl fenv float fnmatch glob grp inttypes " \
		"langinfo limits locale malloc math net/if netdb netinet/in poll pthread pwd sched search signal " \
		"spawn stdarg stdatomic stdbool stddef stdint stdio stdlib string strings sys/epoll " \
		"sys/eventfd sys/file sys/inotify sys/ioctl sys/mman sys/prctl sys/random sys/resource " \
		"sys/select sys/sendfile sys/signalfd sys/socket sys/stat sys/statvfs sys/sysinfo " \
		"sys/sysmacros sys/time sys/timerfd sys/types sys/uio sys/un sys/utsname sys/vfs sys/wait syslog " \
		"termios time unistd wctype wchar linux/fs linux/magic linux/limits", list, " ")
	for (i = 1; i <= n; i++)
		libc["<" list[i] ".h>"] = 1
}
FILENAME ~ /lint\/rooms$/ {
	if (/^#/ || NF == 0)
		next
	if ($1 ~ /^</)
		home[$1] = home[$1] " " $2 " "
	else if ($1 ~ /\//)
		extra[$1] = extra[$1] " " $2 " "
	else {
		known[$1] = 1
		may[$1] = " " $1
		for (i = 2; i <= NF; i++)
			may[$1] = may[$1] " " $i
		may[$1] = may[$1] " "
	}
	next
}
/^[ \t]*#[ \t]*include/ {
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "")
	header = $1
	room = room_of(FILENAME)
	if (!(room in known))
		say("room '" room "' is not in the table")
	else if (header ~ /^</) {
		if (!(header in libc) && index(home[header], " " FILENAME " ") == 0)
			say("foreign header " header)
	} else {
		gsub(/"/, "", header)
		other = header
		if (sub(/\/.*/, "", other) == 0)
			other = room
		if (index(may[room], " " other " ") == 0 && index(extra[FILENAME], " " other " ") == 0)
			say(room " may not include " header)
	}
}
