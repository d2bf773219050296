# expand.awk: writes out the loops in the SQL declarations of the engine.
#
#   --@ for a/b in x/y z/w     repeats the lines up to its end, with @a@ and @b@
#   --@ end                    replaced; loops may be nested
#   --@ include file a=x b=y   puts in the lines of that file, with @a@ and @b@
#                              replaced
#
# Everything else is copied.

{ expand($0) }

function expand(line,    word, pair, at, n)
{
	n = split(line, word, " ")
	if (word[1] != "--@") {
		if (collecting) { kept[++kept_lines] = line } else print line
	} else if (collecting || word[2] == "for") {
		if (word[2] == "for") collecting++
		if (word[2] == "end") collecting--
		kept[++kept_lines] = line
		if (!collecting) run()
	} else if (word[2] == "include") {
		while ((getline line < word[3]) > 0) {
			for (at = 4; at <= n; at++) {
				split(word[at], pair, "=")
				gsub("@" pair[1] "@", pair[2], line)
			}
			expand(line)
		}
		close(word[3])
	} else {
		print "unknown directive: " line > "/dev/stderr"
		exit 1
	}
}

# Runs the loop in kept[1..kept_lines]: its lines are given to expand() again.
function run(    lines, i, j, k, n, m, word, names, values, line, copy)
{
	lines = kept_lines
	for (i = 1; i <= lines; i++) copy[i] = kept[i]
	kept_lines = 0
	n = split(copy[1], word, " ")
	m = split(word[3], names, "/")
	for (j = 5; j <= n; j++) {
		split(word[j], values, "/")
		for (i = 2; i < lines; i++) {
			line = copy[i]
			for (k = 1; k <= m; k++) gsub("@" names[k] "@", values[k], line)
			expand(line)
		}
	}
}

END {
	if (collecting) {
		print "a loop has no end" > "/dev/stderr"
		exit 1
	}
}
