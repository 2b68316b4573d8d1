package dev.ledgerstone.records.request;

import dev.ledgerstone.problem.Problem;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Failures of the records API, with PostgREST's codes, or the SQLSTATE with which PostgreSQL would
 * have refused, so that its clients understand them.
 */
public sealed interface RecordsProblem extends Problem {
  /** Text that is not of PostgREST's language. */
  record Unparsed(String what, String text, int column, String expecting)
      implements RecordsProblem {}

  /**
   * A page that there cannot be.
   *
   * @param total rows that there are; null: not counted
   */
  record BadRange(String why, @Nullable Long total) implements RecordsProblem {}

  /** A schema other than the one there is. */
  record NoSchema(String schema) implements RecordsProblem {}

  /** Media types of which none is made. */
  record NoMediaType(String accepted) implements RecordsProblem {}

  /** A filter, order or limit on a resource that the select does not embed. */
  record NotEmbedded(String name) implements RecordsProblem {}

  /** One row was asked for, and there are others, or none. */
  record NotSingular(long rows) implements RecordsProblem {}

  /** Rows ordered by what each has many of. */
  record NoRelatedOrder(String from, String name) implements RecordsProblem {}

  /** A filter on an embedded resource other than whether there is one. */
  record BadEmbedFilter(String name) implements RecordsProblem {}

  /** Preferences that are not known, of a client that insists. */
  record BadPreferences(String preferences) implements RecordsProblem {}

  /** What PostgREST's language can say, and this server cannot do. */
  record NotSupported(String what, String mend) implements RecordsProblem {}

  /** Tables that no key connects, as far as the caller sees. */
  record NoRelationship(String from, String to, String guess) implements RecordsProblem {}

  /** Tables that several keys connect. */
  record ManyRelationships(
      String from, String to, List<Map<String, String>> candidates, String names)
      implements RecordsProblem {}

  /** A column that a body names and that is not there, as far as the caller sees. */
  record NoColumn(String column, String table, String guess) implements RecordsProblem {}

  /** A table that is not there, as far as the caller sees. */
  record NoTable(String table, String guess) implements RecordsProblem {}

  /** A column of a select, filter or order that is not there, as far as the caller sees. */
  record UndefinedColumn(String table, String column, String guess) implements RecordsProblem {}

  /** An operator that a column's type does not have. */
  record NoOperator(String left, String operator) implements RecordsProblem {}

  /** A type that a column's own cannot become. */
  record NoCast(String from, String to) implements RecordsProblem {}

  /** A type that is none. */
  record NoType(String name) implements RecordsProblem {}

  /** A time zone that is none. */
  record NoZone(String name) implements RecordsProblem {}

  /** A value that is not of the column's type. */
  record BadValue(String type, String value) implements RecordsProblem {}

  /** A time that is none. */
  record BadTime(String type, String value) implements RecordsProblem {}

  /** A number that is too large for the column. */
  record OutOfRange(String type, String value) implements RecordsProblem {}

  /** A pattern that is no regular expression. */
  record BadPattern(String why) implements RecordsProblem {}

  /** A full text query, or a language of one, that cannot be used. */
  record BadSearch(String why) implements RecordsProblem {}

  /** An order by what is neither grouped nor summed. */
  record NotGrouped(String table, String column) implements RecordsProblem {}

  /** A cursor that this server did not make, or for another order. */
  record BadCursor() implements RecordsProblem {}

  /** A table that the caller may read, and not change so. */
  record NotPermitted(String table, String permission) implements RecordsProblem {}

  /** A statement that took too long. */
  record TooSlow(long millis) implements RecordsProblem {}

  @Override
  default int status() {
    return switch (this) {
      case ManyRelationships _ -> 300;
      case NotPermitted _ -> 403;
      case NoTable _, NoOperator _ -> 404;
      case NoSchema _, NoMediaType _, NotSingular _ -> 406;
      case BadRange _ -> 416;
      case TooSlow _ -> 500;
      case Unparsed _,
          NotEmbedded _,
          NoRelatedOrder _,
          BadEmbedFilter _,
          BadPreferences _,
          NotSupported _,
          NoRelationship _,
          NoColumn _,
          UndefinedColumn _,
          NoCast _,
          NoType _,
          NoZone _,
          BadValue _,
          BadTime _,
          OutOfRange _,
          BadPattern _,
          BadSearch _,
          NotGrouped _,
          BadCursor _ ->
          400;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case Unparsed _ -> "PGRST100";
      case BadRange _ -> "PGRST103";
      case NoSchema _ -> "PGRST106";
      case NoMediaType _ -> "PGRST107";
      case NotEmbedded _ -> "PGRST108";
      case NotSingular _ -> "PGRST116";
      case NoRelatedOrder _ -> "PGRST118";
      case BadEmbedFilter _ -> "PGRST120";
      case BadPreferences _ -> "PGRST122";
      case NotSupported _ -> "PGRST127";
      case NoRelationship _ -> "PGRST200";
      case ManyRelationships _ -> "PGRST201";
      case NoColumn _ -> "PGRST204";
      case NoTable _ -> "PGRST205";
      case UndefinedColumn _ -> "42703";
      case NoOperator _ -> "42883";
      case NoCast _ -> "42846";
      case NoType _ -> "42704";
      case NoZone _ -> "22023";
      case BadValue _ -> "22P02";
      case BadTime _ -> "22007";
      case OutOfRange _ -> "22003";
      case BadPattern _ -> "2201B";
      case BadSearch _ -> "42601";
      case NotGrouped _ -> "42803";
      case BadCursor _ -> "bad_cursor";
      case NotPermitted _ -> "42501";
      case TooSlow _ -> "57014";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case Unparsed(String what, String text, int column, _) ->
          "\"failed to parse %s (%s)\" (line 1, column %d)".formatted(what, Shown.of(text), column);
      case BadRange _ -> "Requested range not satisfiable";
      case NoSchema(String schema) -> "Invalid schema: " + Shown.of(schema);
      case NoMediaType(String accepted) ->
          "None of these media types are available: " + Shown.of(accepted);
      case NotEmbedded(String name) ->
          "'" + Shown.of(name) + "' is not an embedded resource in this request";
      case NotSingular _ -> "Cannot coerce the result to a single JSON object";
      case NoRelatedOrder(_, String name) ->
          "A related order on '" + Shown.of(name) + "' is not possible";
      case BadEmbedFilter(String name) ->
          "Bad operator on the '" + Shown.of(name) + "' embedded resource";
      case BadPreferences _ -> "Invalid preferences given with handling=strict";
      case NotSupported(String what, _) -> "Feature not implemented: " + what;
      case NoRelationship(String from, String to, _) ->
          "Could not find a relationship between '%s' and '%s' in the schema cache"
              .formatted(from, Shown.of(to));
      case ManyRelationships(String from, String to, _, _) ->
          "Could not embed because more than one relationship was found for '%s' and '%s'"
              .formatted(from, to);
      case NoColumn(String column, String table, _) ->
          "Could not find the '%s' column of '%s' in the schema cache"
              .formatted(Shown.of(column), table);
      case NoTable(String table, _) ->
          "Could not find the table 'public." + Shown.of(table) + "' in the schema cache";
      case UndefinedColumn(String table, String column, _) ->
          "column " + table + "." + Shown.of(column) + " does not exist";
      case NoOperator(String left, String operator) ->
          "operator does not exist: " + left + " " + operator + " unknown";
      case NoCast(String from, String to) -> "cannot cast type " + from + " to " + Shown.of(to);
      case NoType(String name) -> "type \"" + Shown.of(name) + "\" does not exist";
      case NoZone(String name) ->
          "invalid value for parameter \"TimeZone\": \"" + Shown.of(name) + "\"";
      case BadValue(String type, String value) -> invalid(type, value);
      case BadTime(String type, String value) -> invalid(type, value);
      case OutOfRange(String type, String value) ->
          "value \"" + Shown.of(value) + "\" is out of range for type " + type;
      case BadPattern(String why) -> "invalid regular expression: " + why;
      case BadSearch(String why) -> why;
      case NotGrouped(String table, String column) ->
          "column \"%s.%s\" must appear in the GROUP BY clause or be used in an aggregate function"
              .formatted(table, column);
      case BadCursor _ -> "the cursor does not fit this request";
      case NotPermitted(String table, _) -> "permission denied for table " + table;
      case TooSlow _ -> "canceling statement due to statement timeout";
    };
  }

  @Override
  default @Nullable Object details() {
    return switch (this) {
      case Unparsed(_, String text, int column, String expecting) ->
          "unexpected "
              + (column > text.length() ? "end of input" : "\"" + text.charAt(column - 1) + "\"")
              + (expecting.isEmpty() ? "" : " expecting " + expecting);
      case BadRange(String why, _) -> why;
      case NotSingular(long rows) -> "The result contains " + rows + " rows";
      case NoRelatedOrder(String from, String name) ->
          "'%s' and '%s' do not form a many-to-one or one-to-one relationship"
              .formatted(from, Shown.of(name));
      case BadEmbedFilter _ ->
          "Only is null or not is null filters are allowed on embedded resources";
      case BadPreferences(String preferences) -> "Invalid preferences: " + Shown.of(preferences);
      case NoRelationship(String from, String to, _) ->
          ("Searched for a foreign key relationship between '%s' and '%s' in the schema 'public', "
                  + "but no matches were found.")
              .formatted(from, Shown.of(to));
      case ManyRelationships(_, _, List<Map<String, String>> candidates, _) -> candidates;
      case NoSchema _,
          NoMediaType _,
          NotEmbedded _,
          NotSupported _,
          NoColumn _,
          NoTable _,
          UndefinedColumn _,
          NoOperator _,
          NoCast _,
          NoType _,
          NoZone _,
          BadValue _,
          BadTime _,
          OutOfRange _,
          BadPattern _,
          BadSearch _,
          NotGrouped _,
          BadCursor _,
          NotPermitted _,
          TooSlow _ ->
          null;
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case Unparsed _ ->
          "docs/records.md has the language; quote a value with \" where it holds , . : ( or )";
      case BadRange _ -> "ask for a page that begins within the rows, of no less than 0 rows";
      case NoSchema _ -> "Only the following schemas are exposed: public";
      case NoMediaType _ ->
          "accept application/json, application/vnd.pgrst.object+json or text/csv";
      case NotEmbedded(String name) ->
          "Verify that '" + Shown.of(name) + "' is included in the 'select' query parameter.";
      case NotSingular _ -> "filter by a unique key, or accept application/json";
      case NoRelatedOrder _ -> "order within the embedded resource: name.order=column";
      case BadEmbedFilter _ -> "filter its columns: name.column=eq.value";
      case BadPreferences _ ->
          "docs/records.md lists the preferences; or leave handling=strict out";
      case NotSupported(_, String mend) -> mend;
      case NoRelationship(_, String to, String guess) ->
          guess.isEmpty()
              ? "embed a table that a foreign key connects"
              : "Perhaps you meant '" + guess + "' instead of '" + Shown.of(to) + "'.";
      case ManyRelationships(_, String to, _, String names) ->
          "Try changing '%s' to one of the following: %s. Find the desired relationship in the 'details' key."
              .formatted(to, names);
      case NoColumn(_, _, String guess) ->
          guess.isEmpty()
              ? "GET /openapi.json lists the columns"
              : "Perhaps you meant the column '" + guess + "'.";
      case NoTable(_, String guess) ->
          guess.isEmpty()
              ? "GET /rest/v1/ lists the tables that this key may read"
              : "Perhaps you meant the table 'public." + guess + "'";
      case UndefinedColumn(String table, _, String guess) ->
          guess.isEmpty()
              ? "the columns of " + table + " are in GET /openapi.json"
              : "Perhaps you meant to reference the column \"" + table + "." + guess + "\".";
      case NoOperator _ ->
          "No operator matches the given name and argument types; use one that the column's type has";
      case NoZone _ -> "name it like Europe/Berlin, or give an offset like +05:30";
      case NoCast _, NoType _ ->
          "cast to text, integer, bigint, numeric, double precision, boolean, uuid, timestamptz or jsonb";
      case BadValue _ -> "give a value of the column's type";
      case BadTime _ -> "write it like 2026-01-31T12:00:00Z";
      case OutOfRange _ -> "give a smaller number";
      case BadPattern _ -> "mend the pattern, or use like or ilike";
      case BadSearch _ -> "join words with & | and !, or use plfts or wfts, which take any words";
      case NotGrouped _ -> "select it, or leave it out of the order";
      case BadCursor _ -> "send X-Next-Cursor of the page before, with the same order";
      case NotPermitted(_, String permission) ->
          "use a key whose scopes, and whose user's role, include " + permission;
      case TooSlow(long millis) ->
          "filter by indexed columns, or raise records.statement_timeout (" + millis + " ms)";
    };
  }

  @Override
  default Map<String, String> headers() {
    return this instanceof BadRange(_, Long total) && total != null
        ? Map.of("Content-Range", "*/" + total)
        : Map.of();
  }

  private static String invalid(String type, String value) {
    return "invalid input syntax for type " + type + ": \"" + Shown.of(value) + "\"";
  }
}
