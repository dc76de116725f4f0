/* number: the grammar, and order by digits. */
#include "json/number.h"

#include <float.h>

static size_t
digits_from(struct span s, size_t i)
{
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i;
}

size_t
number_length(struct span s)
{
	size_t i = s.n > 0 && s.p[0] == '-', k = digits_from(s, i);

	if (k == i)
		return 0;
	k = s.p[i] == '0' ? i + 1 : k;
	if (k < s.n && s.p[k] == '.') {
		i = k + 1;
		if ((k = digits_from(s, i)) == i)
			return i - 1;
	}
	if (k < s.n && (s.p[k] == 'e' || s.p[k] == 'E')) {
		size_t start = k;

		i = k + 1;
		i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
		if ((k = digits_from(s, i)) == i)
			return start;
	}
	return k;
}
