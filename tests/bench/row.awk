# row: one line of the table: work, ours, the peer, ratio, bar, met or missed.
#
#	awk -v work=TEXT -v ours=NAME -v peer=NAME -v unit=UNIT -v per=N -v stat=STAT -v bar=BAR -f row.awk SAMPLES
#
# SAMPLES has lines "NAME<TAB>NUMBER". STAT is median, p99 or max. In units that end in /s more is better, in others less;
# for such a unit a NAME.ms is the time of N things. The ratio is above 1 where ours is better, the median of the
# ratios of each round. BAR: "x 0.9", the least ratio; ">= N" and "<= N", of ours; or nothing.
BEGIN {
	FS = "\t"
	more = unit ~ /\/s$/
}
$1 == ours { a[++n] = value($1, $2) }
$1 == peer { b[++m] = value($1, $2) }
function value(name, number) { return more && name ~ /\.ms$/ ? per * 1000 / number : number }

function of(v, count, which,	i, j, x, s)
{
	for (i = 1; i <= count; i++) {
		x = v[i]
		for (j = i - 1; j > 0 && s[j] > x; j--)
			s[j + 1] = s[j]
		s[j + 1] = x
	}
	if (which == "max")
		return s[count]
	if (which == "p99")
		return s[int(count * 0.99 + 0.999)]
	return count % 2 ? s[(count + 1) / 2] : (s[count / 2] + s[count / 2 + 1]) / 2
}

function shown(x) { return sprintf(x < 10 ? "%.2f %s" : x < 100 ? "%.1f %s" : "%.0f %s", x, unit) }

END {
	theirs = peer == "" ? "" : m ? peer " " shown(of(b, m, stat)) : peer ": not here"
	sub(/\.(ms|mb)/, "", theirs)
	if (n && m) {
		for (i = 1; i <= n && i <= m; i++)
			r[i] = more ? a[i] / b[i] : b[i] / a[i]
		ratio = of(r, i - 1, "median")
	}
	split(bar, want, " ")
	if (!n)
		verdict = bar == "" ? "" : "not measured"
	else if (want[1] == "x")
		verdict = !ratio ? "not measured" : ratio >= want[2] ? "met" : "missed"
	else if (want[1] != "")
		verdict = (want[1] == ">=" ? of(a, n, stat) >= want[2] : of(a, n, stat) <= want[2]) ? "met" : "missed"
	printf "%-42s | %10s | %-40s | %6s | %-10s | %s\n", work, n ? shown(of(a, n, stat)) : "-", theirs,
		ratio ? sprintf("%.2f", ratio) : "", bar, verdict
}
