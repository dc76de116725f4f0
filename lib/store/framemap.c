/* framemap: entries checked, then added up. */
#include "store/framemap.h"

#include "base/alloc.h"

/* Runs of NOTE_FRAMES frames of text, a note after each. False: they are not ours. */
static bool
count_entries(struct framemap *m, const char *entries, size_t n)
{
	size_t run = 0;

	for (size_t i = 0; i < n; i++) {
		struct seekable_entry e = seekable_entry(entries + i * SEEKABLE_ENTRY);

		if (e.file_bytes < SEEKABLE_FRAME_LEAST || e.text_bytes > SEEKABLE_FRAME_MAX)
			return false;
		if (e.text_bytes ? run == NOTE_FRAMES : run != NOTE_FRAMES && (!run || i + 1 < n))
			return false;
		if (!e.text_bytes && e.file_bytes > NOTE_BYTES_MAX + SEEKABLE_HEAD)
			return false;
		run = e.text_bytes ? run + 1 : 0;
		m->count += e.text_bytes > 0;
		m->note_count += !e.text_bytes;
	}
	return run == 0;
}

/* Adds the entries up. */
static void
place_entries(struct framemap *m, const char *entries, size_t n)
{
	size_t frame = 0, note = 0;
	int64_t text = 0, file = 0;

	m->text_at = alloc_array(m->count + 1, sizeof(*m->text_at));
	m->file_at = alloc_array(m->count + 1, sizeof(*m->file_at));
	m->note_at = alloc_array(m->note_count + 1, sizeof(*m->note_at));
	for (size_t i = 0; i < n; i++) {
		struct seekable_entry e = seekable_entry(entries + i * SEEKABLE_ENTRY);

		if (e.text_bytes) {
			m->text_at[frame] = text;
			m->file_at[frame++] = file;
		} else {
			m->note_at[note++] = file;
		}
		text += e.text_bytes;
		file += e.file_bytes;
	}
	m->text_at[frame] = text;
	m->note_at[note] = file;
}

bool
framemap_read(struct framemap *m, const char *entries, size_t n)
{
	*m = (struct framemap){0};
	if (!count_entries(m, entries, n))
		return false;
	place_entries(m, entries, n);
	return true;
}

void
framemap_release(struct framemap *m)
{
	alloc_free(m->text_at);
	alloc_free(m->file_at);
	alloc_free(m->note_at);
	alloc_free(m->file_end);
	*m = (struct framemap){0};
}

int64_t
framemap_end(const struct framemap *m, size_t i)
{
	bool is_last = i + 1 == m->count || (i + 1) % NOTE_FRAMES == 0;

	if (m->file_end)
		return m->file_end[i];
	return is_last ? m->note_at[i / NOTE_FRAMES] : m->file_at[i + 1];
}

int64_t
framemap_note_end(const struct framemap *m, size_t note)
{
	return note + 1 < m->note_count ? m->file_at[(note + 1) * NOTE_FRAMES]
					: m->note_at[note + 1];
}

struct framemap_frame
framemap_frame(const struct framemap *m, size_t i)
{
	assert(i < m->count);
	return (struct framemap_frame){.text_at = m->text_at[i],
		.file_at = m->file_at[i],
		.text_bytes = (size_t)(m->text_at[i + 1] - m->text_at[i]),
		.file_bytes = (size_t)(framemap_end(m, i) - m->file_at[i])};
}

size_t
framemap_at(const struct framemap *m, int64_t offset)
{
	size_t low = 0, high = m->count;

	assert(m->count);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (m->text_at[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}
