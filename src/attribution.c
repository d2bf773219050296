/*
 * attribution.c
 *		Which channels earned the conversions: the SQL functions.
 *
 * The state (keyed.c) keeps every touch and every conversion by customer, and
 * the names of the channels (attribution_channels.c).  Any model can be asked
 * of it afterwards (attribution_models.c).
 */
#include "crmkpi.h"

/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "attribution.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "value.h"

static bool record_plausible(const Keyed *k, const uint64 *payload);

const KeyedClass attribution_class = {
	.kind = {'A', 1, KEYED_FIXED_SIZE, "attribution_summary"},
	.payload = 2,				/* time, channel or amount */
	.distinct = false,			/* two conversions may be alike, and two touches */
	.plausible = record_plausible,
	.too_large_hint = "Summarise smaller groups, such as a range of customers each."
};

/* Also notes which channels there are touches of. */
static bool
record_plausible(const Keyed *k, const uint64 *payload)
{
	return IS_VALID_TIMESTAMP(keyed_time_of_word(payload[0])) &&
		((payload[1] & ATTRIBUTION_CONVERSION) != 0 || attribution_meet((Keyed *) k, payload[1]));
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_attribution_in);
PG_FUNCTION_INFO_V1(crmkpi_attribution_out);
PG_FUNCTION_INFO_V1(crmkpi_attribution_recv);
PG_FUNCTION_INFO_V1(crmkpi_attribution_send);

#define EXPECTED_DECIMALS	"amounts of 4 decimals"
#define EXPECTED_TOUCHES	"touches of every channel"

/* An empty value.  What all rows have in common is the unit of the amounts. */
static Keyed *
attribution_new(int64 decimals)
{
	Keyed	   *k = keyed_new(&attribution_class);

	keyed_set_rule(k, &decimals, sizeof(decimals));
	return k;
}

/* Whether all channels of a value that came from outside were met in its records. */
static bool
all_met(Keyed *k)
{
	const AttributionChannels *channels = attribution_channels(k);

	return channels->met == channels->count;
}

Datum
crmkpi_attribution_in(PG_FUNCTION_ARGS)
{
	const char **names = (const char **) palloc(ATTRIBUTION_CHANNEL_LIMIT * sizeof(char *));
	uint32	   *lengths = (uint32 *) palloc(ATTRIBUTION_CHANNEL_LIMIT * sizeof(uint32));
	SummaryText text;
	int64		decimals;
	uint32		count;
	const char *expected;
	Keyed	   *k;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &attribution_class.kind);
	decimals = crmkpi_text_count(&text, "decimals");
	if (decimals != VALUE_DECIMALS)
		crmkpi_text_error(&text, EXPECTED_DECIMALS);
	k = attribution_new(decimals);
	crmkpi_text_key(&text, "channels");
	count = crmkpi_text_names(&text, names, lengths, ATTRIBUTION_CHANNEL_LIMIT);
	expected = attribution_take_foreign(k, names, lengths, count);
	if (expected != NULL)
		crmkpi_text_error(&text, expected);
	keyed_in(&text, k);
	crmkpi_text_end(&text);
	if (!all_met(k))
		crmkpi_text_error(&text, EXPECTED_TOUCHES);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_attribution_out(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &attribution_class);
	const AttributionChannels *channels = attribution_channels(k);
	StringInfoData out;

	crmkpi_out_begin(&out, &attribution_class.kind);
	appendStringInfo(&out, " decimals=%d channels=", VALUE_DECIMALS);
	for (uint32 i = 0; i < channels->count; i++)
		crmkpi_out_name(&out, i > 0, channels->names[i]->bytes, channels->names[i]->length);
	keyed_out(&out, k);
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_attribution_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	int64		decimals;
	uint32		count;
	const char **names;
	uint32	   *lengths;
	const char *expected;
	Keyed	   *k;

	crmkpi_recv_begin(in, &attribution_class.kind);
	decimals = pq_getmsgbyte(in);
	if (decimals != VALUE_DECIMALS)
		crmkpi_recv_error(&attribution_class.kind, EXPECTED_DECIMALS);
	k = attribution_new(decimals);
	count = (uint32) pq_getmsgint(in, 4);
	if (count > ATTRIBUTION_CHANNEL_LIMIT)
		crmkpi_recv_error(&attribution_class.kind, "fewer channels");
	names = (const char **) palloc(count * sizeof(char *));
	lengths = (uint32 *) palloc(count * sizeof(uint32));
	for (uint32 i = 0; i < count; i++)
	{
		int			length = (int) pq_getmsgint(in, 4);
		int			converted;

		/* also checks the encoding */
		names[i] = pq_getmsgtext(in, length, &converted);
		lengths[i] = (uint32) converted;
	}
	expected = attribution_take_foreign(k, names, lengths, count);
	if (expected != NULL)
		crmkpi_recv_error(&attribution_class.kind, expected);
	keyed_recv(in, k);
	if (!all_met(k))
		crmkpi_recv_error(&attribution_class.kind, EXPECTED_TOUCHES);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_attribution_send(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &attribution_class);
	const AttributionChannels *channels = attribution_channels(k);
	StringInfoData out;

	crmkpi_send_begin(&out, &attribution_class.kind);
	pq_sendbyte(&out, VALUE_DECIMALS);
	pq_sendint32(&out, channels->count);
	for (uint32 i = 0; i < channels->count; i++)
		pq_sendcountedtext(&out, channels->names[i]->bytes, (int) channels->names[i]->length, false);
	keyed_send(&out, k);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_attribution_combine);
PG_FUNCTION_INFO_V1(crmkpi_attribution_final);
PG_FUNCTION_INFO_V1(crmkpi_attribution_accum_bigint);
PG_FUNCTION_INFO_V1(crmkpi_attribution_accum_uuid);
PG_FUNCTION_INFO_V1(crmkpi_attribution_accum_text);

Datum
crmkpi_attribution_combine(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_state(fcinfo, &attribution_class);
	Keyed	   *other = keyed_arg(fcinfo, 1, &attribution_class);

	attribution_take_channels(k, other);
	keyed_merge_records(k, other);
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

/* The state, with its touches and conversions. */
Datum
crmkpi_attribution_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(keyed_result(keyed_arg(fcinfo, 0, &attribution_class)));
}

/* The word of a conversion of the value in argument 4 */
static inline uint64
conversion_word(FunctionCallInfo fcinfo)
{
	int64		amount = value_amount_arg(fcinfo, 4);

	if (unlikely(amount < 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("value %s of a conversion is negative",
						DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(4)))),
				 errdetail("Expected what the conversion is worth, or 0."),
				 errhint("Take refunds off the value of their conversion, or leave them out with FILTER.")));
	return (uint64) amount | ATTRIBUTION_CONVERSION;
}

/* (state, customer, at, channel, value): a touch where value is NULL, else a conversion */
static inline Datum
attribution_accum(FunctionCallInfo fcinfo, KeyedKey key)
{
	Keyed	   *k;
	TimestampTz at;
	uint64		record[KEYED_MAX_WORDS];
	int			words;

	if (unlikely(PG_ARGISNULL(0)))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || (PG_ARGISNULL(3) && PG_ARGISNULL(4)))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));

	k = keyed_state(fcinfo, &attribution_class);
	at = PG_GETARG_TIMESTAMPTZ(2);
	crmkpi_check_finite(at, "the time of a touch or conversion");
	keyed_take_key(k, key);
	words = keyed_key_arg(fcinfo, key, record);
	record[words] = keyed_word_of_time(at);
	if (PG_ARGISNULL(4))
	{
		text	   *channel = PG_GETARG_TEXT_PP(3);

		record[words + 1] = attribution_take_channel(k, VARDATA_ANY(channel), (uint32) VARSIZE_ANY_EXHDR(channel));
		PG_FREE_IF_COPY(channel, 3);
	}
	else
		record[words + 1] = conversion_word(fcinfo);
	keyed_add(k, record);
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

Datum
crmkpi_attribution_accum_bigint(PG_FUNCTION_ARGS)
{
	return attribution_accum(fcinfo, KEYED_BIGINT);
}

Datum
crmkpi_attribution_accum_uuid(PG_FUNCTION_ARGS)
{
	return attribution_accum(fcinfo, KEYED_UUID);
}

Datum
crmkpi_attribution_accum_text(PG_FUNCTION_ARGS)
{
	return attribution_accum(fcinfo, KEYED_TEXT);
}

/* -------------------------------------------------------------------------
 * Answers
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_attributed);

/* What conversions without a touch are credited to */
#define DIRECT		"direct"

/* A row of the answer */
typedef struct CreditRow
{
	const char *name;
	uint32		length;
	AttributionCredit credit;	/* in parts */
	int128		conversions;	/* in millionths */
	int128		value;			/* in ten-thousandths */
} CreditRow;

static AttributionModel
model_arg(FunctionCallInfo fcinfo, int argno)
{
	/* in the order of AttributionModel */
	static const char *const names[] = {"first", "last", "linear", "time_decay", "position", "markov"};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(argno));

	for (int i = 0; i < (int) lengthof(names); i++)
	{
		if (strcmp(name, names[i]) == 0)
			return (AttributionModel) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown model \"%s\"", name),
			 errhint("Use first, last, linear, time_decay, position or markov.")));
	pg_unreachable();
}

static int
by_name(const CreditRow *a, const CreditRow *b)
{
	int			order = memcmp(a->name, b->name, Min(a->length, b->length));

	return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* Most conversions first */
static int
compare_rows(const void *a, const void *b)
{
	const CreditRow *one = (const CreditRow *) a;
	const CreditRow *other = (const CreditRow *) b;

	if (one->conversions != other->conversions)
		return one->conversions > other->conversions ? -1 : 1;
	return by_name(one, other);
}

/* What rounding down took from a row, and the row */
typedef struct Remainder
{
	uint64		parts;
	CreditRow  *row;
} Remainder;

static int
compare_remainders(const void *a, const void *b)
{
	const Remainder *one = (const Remainder *) a;
	const Remainder *other = (const Remainder *) b;

	if (one->parts != other->parts)
		return one->parts > other->parts ? -1 : 1;
	return by_name(one->row, other->row);
}

/*
 * Rounds conversions, or values, so that their sum stays what it is: down, but
 * for those that lose most by it.
 */
static void
round_rows(CreditRow *rows, uint32 count, bool conversions)
{
	int			bits = conversions ? ATTRIBUTION_PART_BITS : ATTRIBUTION_MONEY_BITS;
	Remainder  *remainders = (Remainder *) palloc(count * sizeof(Remainder));
	uint128		left = 0;

	for (uint32 i = 0; i < count; i++)
	{
		uint128		credit = conversions ? rows[i].credit.conversions * MICROS_PER_UNIT : rows[i].credit.money;

		remainders[i].parts = (uint64) credit & ((UINT64CONST(1) << bits) - 1);
		remainders[i].row = &rows[i];
		*(conversions ? &rows[i].conversions : &rows[i].value) = (int128) (credit >> bits);
		left += remainders[i].parts;
	}
	qsort(remainders, count, sizeof(Remainder), compare_remainders);
	for (uint32 i = 0; i < (uint32) (left >> bits); i++)
		++*(conversions ? &remainders[i].row->conversions : &remainders[i].row->value);
	pfree(remainders);
}

/* attributed(summary, model, half_life, within): a row for each channel, and for conversions without a touch */
Datum
crmkpi_attributed(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AttributionQuestion question = {.within = PG_UINT64_MAX};
	const AttributionChannels *channels;
	const AttributionCredit *credits;
	CreditRow  *rows;
	CreditRow  *direct;
	uint32		count;
	uint128		total = 0;
	Keyed	   *k;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return (Datum) 0;
	k = keyed_arg(fcinfo, 0, &attribution_class);
	question.model = model_arg(fcinfo, 1);
	question.half_life = (double) crmkpi_interval_us(PG_GETARG_INTERVAL_P(2), "half-life");
	if (question.half_life == 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life is zero"),
				 errhint("Give the time after which a touch is worth half, such as 7 days.")));
	if (!PG_ARGISNULL(3))
		question.within = (uint64) crmkpi_interval_us(PG_GETARG_INTERVAL_P(3), "window");

	credits = attribution_credits(k, &question);
	channels = attribution_channels(k);
	count = channels->count;
	rows = (CreditRow *) palloc0((count + 1) * sizeof(CreditRow));
	direct = &rows[count];
	direct->name = DIRECT;
	direct->length = strlen(DIRECT);
	for (uint32 i = 0; i < count; i++)
	{
		rows[i].name = channels->names[i]->bytes;
		rows[i].length = channels->names[i]->length;
		rows[i].credit = credits[i];
		if (by_name(&rows[i], direct) == 0)
			direct = &rows[i];
	}
	attribution_add(&direct->credit, &credits[count]);
	if (direct == &rows[count] && direct->credit.conversions > 0)
		count++;

	for (uint32 i = 0; i < count; i++)
		total += rows[i].credit.conversions;
	round_rows(rows, count, true);
	round_rows(rows, count, false);
	qsort(rows, count, sizeof(CreditRow), compare_rows);
	for (uint32 i = 0; i < count; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = PointerGetDatum(cstring_to_text_with_len(rows[i].name, (int) rows[i].length));
		values[1] = NumericGetDatum(crmkpi_weight_from_micros(rows[i].conversions));
		values[2] = NumericGetDatum(value_money(rows[i].value));
		values[3] = Float8GetDatum(total == 0 ? 0.0 : (double) rows[i].credit.conversions / (double) total);
		nulls[3] = total == 0;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
