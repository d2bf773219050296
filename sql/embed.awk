# embed.awk: puts the SQL files of the mart into the extension script, as the
# rows of crmkpi.mart_source(), where create_mart() finds them.

BEGIN {
	print "\nCREATE FUNCTION crmkpi.mart_source(OUT file_no integer, OUT room text, OUT name text, OUT body text)"
	print "    RETURNS SETOF record LANGUAGE sql IMMUTABLE PARALLEL SAFE"
	print "    AS $crmkpi_source$\nVALUES"
}

FNR == 1 {
	parts = split(FILENAME, part, "/")
	name = part[parts]
	sub(/\.sql$/, "", name)
	printf "%s(%d, '%s', '%s', $crmkpi_file$", NR == 1 ? "" : "$crmkpi_file$),\n", ++files, part[parts - 1], name
}

{ print }

END {
	print "$crmkpi_file$)\n$crmkpi_source$;"
	print "COMMENT ON FUNCTION crmkpi.mart_source() IS"
	print "    'the SQL that create_mart() runs: room is entity, tool or view, name that of the object the file makes';"
}
