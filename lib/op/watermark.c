/* watermark: bounded disorder, punctuated by every event. */
#include "op/watermark.h"

void
watermark_init(struct watermark *w, int64_t ooo_ms)
{
	*w = (struct watermark){
		.ooo_ms = ooo_ms,
		.max_jump_ms = -1,
		.max_ahead_ms = -1,
		.value_ms = WATERMARK_NONE,
	};
}

bool
watermark_is_future(const struct watermark *w, int64_t ms, int64_t now_ms)
{
	if (w->max_ahead_ms >= 0 && ms > watermark_plus(now_ms, w->max_ahead_ms))
		return true;
	return w->max_jump_ms >= 0 && w->has_events &&
	       ms > watermark_plus(w->max_ms, w->max_jump_ms);
}

static int64_t
raise(struct watermark *w, int64_t ms)
{
	int64_t value = watermark_minus(watermark_minus(ms, w->ooo_ms), 1);

	if (value > w->value_ms)
		w->value_ms = value;
	return w->value_ms;
}

int64_t
watermark_event(struct watermark *w, int64_t ms)
{
	if (w->has_events && ms <= w->max_ms)
		return w->value_ms;
	w->has_events = true;
	w->max_ms = ms;
	return raise(w, ms);
}

int64_t
watermark_idle(struct watermark *w, int64_t idle_ms)
{
	return w->has_events ? raise(w, watermark_plus(w->max_ms, idle_ms)) : w->value_ms;
}
