/*
 * scorecard.c
 *		Scorecards: how likely an open opportunity is won, and why.
 *
 * The SQL functions of scorecard; what is counted is told in
 * scorecard_counts.c, and what points are in scorecard_points.c.
 *
 * Fitting takes milliseconds and scoring a row less than a microsecond, so
 * score() keeps the last scorecards that it was called with.  It knows one
 * again by its bytes as they came, without decompressing them.
 */
#include "crmkpi.h"

/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "scorecard.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"

static const Scorecard *
scorecard_arg(FunctionCallInfo fcinfo, int argno)
{
	return crmkpi_summary_arg(fcinfo, argno, &scorecard_kind);
}

/* An argument as counts, in canonical order, to be read only. */
static ScoreCounts *
counts_arg(FunctionCallInfo fcinfo, int argno)
{
	return score_expand(CurrentMemoryContext, scorecard_arg(fcinfo, argno));
}

/* The state of a transition or combine function, which may be written. */
static inline ScoreCounts *
score_state(FunctionCallInfo fcinfo)
{
	if (likely(summary_in_aggregate(fcinfo) &&
			   VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0)))))
	{
		ScoreCounts *s = (ScoreCounts *) DatumGetEOHP(PG_GETARG_DATUM(0));

		Assert(s->eoh.eoh_methods == &score_methods);
		return s;
	}
	return score_expand(crmkpi_object_context(fcinfo), scorecard_arg(fcinfo, 0));
}

/* The stored form, in the current memory context. */
static Datum
score_flat(ScoreCounts *s)
{
	const Scorecard *flat = score_pack(s);
	void	   *copy = palloc(VARSIZE(flat));

	memcpy(copy, flat, VARSIZE(flat));
	return PointerGetDatum(copy);
}

/* What a transition or combine function returns: outside an aggregate it may be stored. */
static inline Datum
score_state_result(FunctionCallInfo fcinfo, ScoreCounts *s)
{
	return likely(summary_in_aggregate(fcinfo)) ? EOHPGetRWDatum(&s->eoh) : score_flat(s);
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_scorecard_in);
PG_FUNCTION_INFO_V1(crmkpi_scorecard_out);
PG_FUNCTION_INFO_V1(crmkpi_scorecard_recv);
PG_FUNCTION_INFO_V1(crmkpi_scorecard_send);

/*
 * Counts a value that comes from outside; false where it is not the next one
 * in order, or where its counts are none.
 */
static bool
take_value(ScoreCounts *s, uint32 feature, const char *text, int32 length, int64 items, int64 won)
{
	const ScoreFeature *f = &s->feature[feature];
	uint32		number;

	if (items <= 0 || won < 0 || won > items || (feature == 0 && items > PG_INT64_MAX - s->items))
		return false;
	number = score_add_value(s, feature, text, length, items, won);
	if (feature == 0)
	{
		s->items += items;
		s->won += won;
	}
	return number == 0 ? f->used == 1 :
		number == f->used - 1 && score_compare_values(s, &f->values[number - 1], &f->values[number]) < 0;
}

/* Counts a combination that comes from outside; false where it is not the next one in order, or too many. */
static bool
take_sample(ScoreCounts *s, const uint32 *values, int64 items, int64 won)
{
	const uint32 *before = s->samples_used > 0 ? score_sample_values(s, s->samples_used - 1) : NULL;
	int			order = before == NULL ? 1 : 0;

	for (uint32 f = 0; f < s->features; f++)
	{
		if (values[f] >= s->feature[f].used)
			return false;
		if (order == 0)
			order = (values[f] > before[f]) - (values[f] < before[f]);
	}
	if (order <= 0 || s->samples_used == SCORE_SAMPLE || items <= 0 || won < 0 || won > items)
		return false;
	score_add_sample(s, values, items, won);
	return true;
}

static void
read_char(SummaryText *text, char c)
{
	if (*text->at != c)
		crmkpi_text_error(text, psprintf("\"%c\"", c));
	text->at++;
}

/* ":number" */
static int64
read_count(SummaryText *text)
{
	read_char(text, ':');
	return (int64) crmkpi_text_digits(text);
}

/* NULL, or a text in quotes, before which, as before a backslash, stands a backslash in it */
static int32
read_value(SummaryText *text, char *value)
{
	int32		length = 0;

	if (strncmp(text->at, "NULL", 4) == 0)
	{
		text->at += 4;
		return -1;
	}
	read_char(text, '"');
	for (; *text->at != '"'; text->at++)
	{
		if (*text->at == '\\' && (text->at[1] == '\\' || text->at[1] == '"'))
			text->at++;
		else if (*text->at == '\\' || *text->at == '\0')
			crmkpi_text_error(text, "the rest of a text in quotes");
		if (length == SCORE_MAX_LENGTH)
			crmkpi_text_error(text, "a shorter text");
		value[length++] = *text->at;
	}
	text->at++;
	return length;
}

/* features=2 values="web":12:5,NULL:1:0;"a":13:5 samples=0.0:12:5,1.0:1:0 */
Datum
crmkpi_scorecard_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	ScoreCounts *s = score_counts_new(CurrentMemoryContext);
	int64		features;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &scorecard_kind);
	features = crmkpi_text_count(&text, "features");
	if (features > SCORE_MAX_FEATURES)
		crmkpi_text_error(&text, "fewer features");
	if (features > 0)
		score_set_features(s, (uint32) features);
	crmkpi_text_key(&text, "values");
	for (uint32 f = 0; f < features; f++)
	{
		if (f > 0)
			read_char(&text, ';');
		do
		{
			char		value[SCORE_MAX_LENGTH];
			int32		length;
			int64		items;

			CHECK_FOR_INTERRUPTS();
			if (s->feature[f].used > 0)
				read_char(&text, ',');
			length = read_value(&text, value);
			items = read_count(&text);
			if (!take_value(s, f, value, length, items, read_count(&text)))
				crmkpi_text_error(&text, "values in order, with counts that belong together");
		} while (*text.at == ',');
	}
	crmkpi_text_key(&text, "samples");
	while (features > 0 && *text.at != '\0')
	{
		uint32		values[SCORE_MAX_FEATURES];
		int64		items;

		CHECK_FOR_INTERRUPTS();
		if (s->samples_used > 0)
			read_char(&text, ',');
		for (uint32 f = 0; f < features; f++)
		{
			uint64		value;

			if (f > 0)
				read_char(&text, '.');
			value = crmkpi_text_digits(&text);
			values[f] = (uint32) Min(value, PG_UINT32_MAX);
		}
		items = read_count(&text);
		if (!take_sample(s, values, items, read_count(&text)))
			crmkpi_text_error(&text, "combinations in order, with counts that belong together");
	}
	crmkpi_text_end(&text);
	if (!score_plausible(s))
		crmkpi_text_error(&text, "counts that add up");
	return score_flat(s);
}

static void
out_value(StringInfo out, const ScoreCounts *s, const ScoreValue *value)
{
	if (value->length < 0)
		appendStringInfoString(out, "NULL");
	else
	{
		appendStringInfoChar(out, '"');
		for (int32 i = 0; i < value->length; i++)
		{
			char		c = s->texts[value->at + i];

			if (c == '"' || c == '\\')
				appendStringInfoChar(out, '\\');
			appendStringInfoChar(out, c);
		}
		appendStringInfoChar(out, '"');
	}
	appendStringInfo(out, ":" INT64_FORMAT ":" INT64_FORMAT, value->items, value->won);
}

Datum
crmkpi_scorecard_out(PG_FUNCTION_ARGS)
{
	ScoreCounts *s = counts_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_out_begin(&out, &scorecard_kind);
	appendStringInfo(&out, " features=%u values=", s->features);
	for (uint32 f = 0; f < s->features; f++)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < s->feature[f].used; i++)
		{
			if (i > 0 || f > 0)
				appendStringInfoChar(&out, i > 0 ? ',' : ';');
			out_value(&out, s, &s->feature[f].values[i]);
		}
	}
	appendStringInfoString(&out, " samples=");
	for (uint32 i = 0; i < s->samples_used; i++)
	{
		for (uint32 f = 0; f < s->features; f++)
			appendStringInfo(&out, "%s%u", f > 0 ? "." : i > 0 ? "," : "", score_sample_values(s, i)[f]);
		appendStringInfo(&out, ":" INT64_FORMAT ":" INT64_FORMAT, s->samples[i].items, s->samples[i].won);
	}
	PG_RETURN_CSTRING(out.data);
}

/*
 * Number of features; for each number of values, and for each of these length
 * (-1: NULL), text in the client's encoding, items and won; then, unless there
 * are no features, number of combinations, and for each the numbers of its
 * values, items and won.
 */
Datum
crmkpi_scorecard_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	ScoreCounts *s = score_counts_new(CurrentMemoryContext);
	uint32		features;
	uint32		samples = 0;

	crmkpi_recv_begin(in, &scorecard_kind);
	features = (uint32) pq_getmsgbyte(in);
	if (features > SCORE_MAX_FEATURES)
		crmkpi_recv_error(&scorecard_kind, "fewer features");
	if (features > 0)
		score_set_features(s, features);
	for (uint32 f = 0; f < features; f++)
	{
		uint32		used = (uint32) pq_getmsgint(in, 4);

		if (used == 0 || used > (uint32) (in->len - in->cursor) / 20)
			crmkpi_recv_error(&scorecard_kind, "as many values as it announces");
		for (uint32 i = 0; i < used; i++)
		{
			int32		length = (int32) pq_getmsgint(in, 4);
			char	   *text = NULL;
			int64		items;

			CHECK_FOR_INTERRUPTS();
			if (length < -1 || length > in->len - in->cursor)
				crmkpi_recv_error(&scorecard_kind, "as many bytes as it announces");
			if (length >= 0)
				text = pq_getmsgtext(in, length, &length);
			if (length > SCORE_MAX_LENGTH)
				crmkpi_recv_error(&scorecard_kind, "shorter texts");
			items = pq_getmsgint64(in);
			if (!take_value(s, f, text, length, items, pq_getmsgint64(in)))
				crmkpi_recv_error(&scorecard_kind, "values in order, with counts that belong together");
			if (text != NULL)
				pfree(text);
		}
	}
	if (features > 0)
		samples = (uint32) pq_getmsgint(in, 4);
	if (samples > (uint32) (in->len - in->cursor) / (4 * features + 16))
		crmkpi_recv_error(&scorecard_kind, "as many combinations as it announces");
	for (uint32 i = 0; i < samples; i++)
	{
		uint32		values[SCORE_MAX_FEATURES];
		int64		items;

		for (uint32 f = 0; f < features; f++)
			values[f] = (uint32) pq_getmsgint(in, 4);
		items = pq_getmsgint64(in);
		if (!take_sample(s, values, items, pq_getmsgint64(in)))
			crmkpi_recv_error(&scorecard_kind, "combinations in order, with counts that belong together");
	}
	if (!score_plausible(s))
		crmkpi_recv_error(&scorecard_kind, "counts that add up");
	return score_flat(s);
}

static void
send_value(StringInfo out, const ScoreCounts *s, const ScoreValue *value)
{
	if (value->length < 0)
		pq_sendint32(out, (uint32) -1);
	else
	{
		char	   *text = s->texts + value->at;
		char	   *converted = value->length > 0 ? pg_server_to_client(text, value->length) : text;
		int			length = converted == text ? value->length : (int) strlen(converted);

		pq_sendint32(out, (uint32) length);
		pq_sendbytes(out, converted, length);
		if (converted != text)
			pfree(converted);
	}
	pq_sendint64(out, value->items);
	pq_sendint64(out, value->won);
}

Datum
crmkpi_scorecard_send(PG_FUNCTION_ARGS)
{
	ScoreCounts *s = counts_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_send_begin(&out, &scorecard_kind);
	pq_sendbyte(&out, (uint8) s->features);
	for (uint32 f = 0; f < s->features; f++)
	{
		CHECK_FOR_INTERRUPTS();
		pq_sendint32(&out, s->feature[f].used);
		for (uint32 i = 0; i < s->feature[f].used; i++)
			send_value(&out, s, &s->feature[f].values[i]);
	}
	if (s->features > 0)
		pq_sendint32(&out, s->samples_used);
	for (uint32 i = 0; i < s->samples_used; i++)
	{
		for (uint32 f = 0; f < s->features; f++)
			pq_sendint32(&out, score_sample_values(s, i)[f]);
		pq_sendint64(&out, s->samples[i].items);
		pq_sendint64(&out, s->samples[i].won);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_scorecard_combine);
PG_FUNCTION_INFO_V1(crmkpi_scorecard_final);
PG_FUNCTION_INFO_V1(crmkpi_scorecard_accum);

Datum
crmkpi_scorecard_combine(PG_FUNCTION_ARGS)
{
	const Scorecard *other = scorecard_arg(fcinfo, 1);
	ScoreCounts *s = score_state(fcinfo);

	score_merge(s, other);
	return score_state_result(fcinfo, s);
}

/* The state in its stored form. */
Datum
crmkpi_scorecard_final(PG_FUNCTION_ARGS)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(PG_GETARG_DATUM(0))))
		return score_flat((ScoreCounts *) DatumGetEOHP(PG_GETARG_DATUM(0)));
	PG_RETURN_DATUM(PointerGetDatum(scorecard_arg(fcinfo, 0)));
}

/* (state, features, won) */
Datum
crmkpi_scorecard_accum(PG_FUNCTION_ARGS)
{
	ScoreCounts *s = score_state(fcinfo);

	score_add_row(s, PG_GETARG_ARRAYTYPE_P(1), PG_GETARG_BOOL(2));
	return score_state_result(fcinfo, s);
}

/* -------------------------------------------------------------------------
 * Answers
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_scorecard_items);
PG_FUNCTION_INFO_V1(crmkpi_scorecard_won);
PG_FUNCTION_INFO_V1(crmkpi_scorecard_base_rate);
PG_FUNCTION_INFO_V1(crmkpi_score);
PG_FUNCTION_INFO_V1(crmkpi_score_points);
PG_FUNCTION_INFO_V1(crmkpi_score_points_of);
PG_FUNCTION_INFO_V1(crmkpi_score_features);

Datum
crmkpi_scorecard_items(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(scorecard_arg(fcinfo, 0)->items);
}

Datum
crmkpi_scorecard_won(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(scorecard_arg(fcinfo, 0)->won);
}

/* base_rate(scorecard): share won, as it was counted */
Datum
crmkpi_scorecard_base_rate(PG_FUNCTION_ARGS)
{
	const Scorecard *flat = scorecard_arg(fcinfo, 0);

	if (flat->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) flat->won / (double) flat->items);
}

/* A scorecard that was fitted, and what it is known by. */
typedef struct ScoreCacheEntry
{
	MemoryContext context;
	struct varlena *raw;		/* as the argument came */
	Size		raw_size;
	ScoreModel	model;			/* not set where there are no items */
	bool		is_empty;
} ScoreCacheEntry;

#define SCORE_CACHE_ENTRIES	64

typedef struct ScoreCache
{
	int			used;
	ScoreCacheEntry *entries[SCORE_CACHE_ENTRIES];	/* the last one used first */
} ScoreCache;

static ScoreCacheEntry *
fit_entry(MemoryContext parent, struct varlena *raw)
{
	MemoryContext context = AllocSetContextCreate(parent, "crmkpi fitted scorecard", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ScoreCacheEntry *entry = (ScoreCacheEntry *) palloc0(sizeof(ScoreCacheEntry));
	const Scorecard *flat = (const Scorecard *) PG_DETOAST_DATUM(PointerGetDatum(raw));

	summary_check_stored(&flat->head, &scorecard_kind);
	entry->context = context;
	entry->raw_size = VARSIZE_ANY(raw);
	entry->raw = (struct varlena *) palloc(entry->raw_size);
	memcpy(entry->raw, raw, entry->raw_size);
	entry->is_empty = flat->items == 0;
	if (!entry->is_empty)
	{
		ScoreCounts *counts = score_expand(context, flat);

		score_fit(&entry->model, counts);
		score_forget_samples(counts);
	}
	MemoryContextSwitchTo(old);
	return entry;
}

/* The fitted scorecard of argument 0, or NULL where it is empty. */
static const ScoreModel *
model_arg(FunctionCallInfo fcinfo)
{
	struct varlena *raw = (struct varlena *) PG_GETARG_POINTER(0);
	ScoreCache *cache = (ScoreCache *) fcinfo->flinfo->fn_extra;
	ScoreCacheEntry *entry = NULL;
	Size		raw_size;
	int			at;

	/* a pointer into a table names its bytes, one into memory does not */
	if (VARATT_IS_EXTERNAL(raw) && !VARATT_IS_EXTERNAL_ONDISK(raw))
		raw = PG_DETOAST_DATUM(PointerGetDatum(raw));
	raw_size = VARSIZE_ANY(raw);

	if (cache == NULL)
	{
		cache = (ScoreCache *) MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ScoreCache));
		fcinfo->flinfo->fn_extra = cache;
	}
	for (at = 0; at < cache->used; at++)
	{
		entry = cache->entries[at];
		if (entry->raw_size == raw_size && memcmp(entry->raw, raw, raw_size) == 0)
			break;
	}
	if (at == cache->used)
	{
		entry = fit_entry(fcinfo->flinfo->fn_mcxt, raw);
		if (at == SCORE_CACHE_ENTRIES)
			MemoryContextDelete(cache->entries[--at]->context);
		else
			cache->used++;
	}
	memmove(cache->entries + 1, cache->entries, at * sizeof(ScoreCacheEntry *));
	cache->entries[0] = entry;
	return entry->is_empty ? NULL : &entry->model;
}

/* The features of an item to be scored, argument 1. */
static ArrayType *
item_arg(FunctionCallInfo fcinfo, const ScoreModel *model)
{
	ArrayType  *features = PG_GETARG_ARRAYTYPE_P(1);
	uint32		count = score_array_features(features);

	if (count != model->counts->features)
		score_features_error(model->counts->features, count);
	return features;
}

/* score(scorecard, features): probability in percent */
Datum
crmkpi_score(PG_FUNCTION_ARGS)
{
	const ScoreModel *model = model_arg(fcinfo);
	ArrayType  *features;
	ScoreFeatureWalk walk;
	double		log_odds;

	if (model == NULL)
		PG_RETURN_NULL();
	features = item_arg(fcinfo, model);
	log_odds = model->base;
	score_walk_start(&walk, features);
	for (uint32 f = 0; f < model->counts->features; f++)
	{
		const char *text;
		int32		length = score_walk_next(&walk, &text);
		int64		value = score_find(model->counts, f, text, length);

		if (value >= 0)
			log_odds += model->points[f][value];
	}
	PG_RETURN_FLOAT8(score_percent(log_odds));
}

/* A row (feature_no, value, items, won, points); no length below 0 is a text */
static void
put_points(ReturnSetInfo *result, int feature_no, const char *text, int32 length, int64 items, int64 won, double points)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	nulls[1] = length < 0;
	values[0] = Int32GetDatum(feature_no);
	values[1] = length < 0 ? (Datum) 0 : PointerGetDatum(cstring_to_text_with_len(text, length));
	values[2] = Int64GetDatum(items);
	values[3] = Int64GetDatum(won);
	values[4] = Float8GetDatum(points);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	if (length >= 0)
		pfree(DatumGetPointer(values[1]));
}

static void
put_base(ReturnSetInfo *result, const ScoreModel *model)
{
	put_points(result, 0, NULL, -1, model->counts->items, model->counts->won, model->base);
}

/* score_points(scorecard): the base, and each value of each feature, in order */
Datum
crmkpi_score_points(PG_FUNCTION_ARGS)
{
	ScoreCounts *s = counts_arg(fcinfo, 0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ScoreModel	model;

	InitMaterializedSRF(fcinfo, 0);
	if (s->items == 0)
		return (Datum) 0;
	score_fit(&model, s);
	put_base(result, &model);
	for (uint32 f = 0; f < s->features; f++)
		for (uint32 i = 0; i < s->feature[f].used; i++)
		{
			const ScoreValue *value = &s->feature[f].values[i];

			CHECK_FOR_INTERRUPTS();
			put_points(result, (int) f + 1, s->texts + value->at, value->length, value->items, value->won,
					   model.points[f][i]);
		}
	return (Datum) 0;
}

/* score_points(scorecard, features): the base, and the values of one item */
Datum
crmkpi_score_points_of(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const ScoreModel *model = model_arg(fcinfo);
	ArrayType  *features;
	ScoreFeatureWalk walk;

	InitMaterializedSRF(fcinfo, 0);
	if (model == NULL)
		return (Datum) 0;
	features = item_arg(fcinfo, model);
	put_base(result, model);
	score_walk_start(&walk, features);
	for (uint32 f = 0; f < model->counts->features; f++)
	{
		const char *text;
		int32		length = score_walk_next(&walk, &text);
		int64		value = score_find(model->counts, f, text, length);
		const ScoreValue *counted = value < 0 ? NULL : &model->counts->feature[f].values[value];

		put_points(result, (int) f + 1, text, length, counted == NULL ? 0 : counted->items,
				   counted == NULL ? 0 : counted->won, counted == NULL ? 0.0 : model->points[f][value]);
	}
	return (Datum) 0;
}

/* score_features(scorecard): how much each feature tells */
Datum
crmkpi_score_features(PG_FUNCTION_ARGS)
{
	ScoreCounts *s = counts_arg(fcinfo, 0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ScoreModel	model;

	InitMaterializedSRF(fcinfo, 0);
	if (s->items == 0)
		return (Datum) 0;
	score_fit(&model, s);
	for (uint32 f = 0; f < s->features; f++)
	{
		Datum		values[5];
		bool		nulls[5] = {false};

		nulls[2] = isinf(model.prior_items[f]);
		values[0] = Int32GetDatum((int) f + 1);
		values[1] = Int64GetDatum(s->feature[f].used);
		values[2] = Float8GetDatum(model.prior_items[f]);
		values[3] = Float8GetDatum(model.weights[f]);
		values[4] = Float8GetDatum(model.spreads[f]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
