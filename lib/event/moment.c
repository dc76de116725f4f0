/* moment: strings through base/when, numbers through base/dec. */
#include "event/moment.h"

#include "base/num.h"
#include "base/when.h"

static int
floor_ms(struct dec d, int64_t *ms)
{
	if (d.exponent < -40) {
		*ms = d.coefficient < 0 ? -1 : 0;
		return 0;
	}
	for (; d.exponent < 0; d.exponent++)
		d.coefficient = d.coefficient / 10 - (d.coefficient % 10 < 0);
	return dec_to_i64(d, ms) ? 0 : -1;
}

static int
number_ms(struct span json, int shift, int64_t *ms)
{
	struct dec d;

	if (shift == 0 && num_i64(json, ms) == 0)
		return 0;
	if (!dec_parse(json, &d))
		return -1;
	if (d.coefficient != 0)
		d.exponent += shift;
	return floor_ms(d, ms);
}

int
moment_read(struct value v, int shift, struct arena *scratch, int64_t *ms)
{
	if (v.type == DOC_NUMBER)
		return number_ms(v.json, shift, ms);
	return v.type == DOC_STRING ? when_parse(value_text(v, scratch), ms) : -1;
}
