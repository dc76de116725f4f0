/*
 * replay: a main for a fuzz target where there is no libFuzzer. Runs the target once on the content of
 * each file named, and prints TAP.
 */
#include "tap.h"

#define INPUT_MAX (1 << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX);
	size_t n;

	if (!ok(f && data, "%s can be read", path)) {
		free(data);
		return;
	}
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	/* Exactly as large as the input, so that AddressSanitizer sees one byte too far. */
	data = realloc(data, n ? n : 1);
	is_int(LLVMFuzzerTestOneInput(data, n), 0, "%s", path);
	free(data);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	ok(argc > 1, "%d inputs", argc - 1);
	return tap_done();
}
