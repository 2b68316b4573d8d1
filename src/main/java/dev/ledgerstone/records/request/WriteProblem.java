package dev.ledgerstone.records.request;

import dev.ledgerstone.problem.Problem;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Failures of writing requests, with PostgREST's codes, or the SQLSTATE with which PostgreSQL would
 * have refused: the same on both engines.
 */
public sealed interface WriteProblem extends Problem {
  /** A body that is not what its type says, or holds no rows. */
  record BadBody(String why) implements WriteProblem {}

  /** A body of a type that is not read. */
  record BadType(String type) implements WriteProblem {}

  /** A PUT that does not name one row by its key. */
  record BadPut() implements WriteProblem {}

  /** A PUT of a page. */
  record PagedPut() implements WriteProblem {}

  /** A PUT whose body has another key than its address. */
  record OtherKey() implements WriteProblem {}

  /** More rows than the client expected. */
  record TooManyAffected(long rows) implements WriteProblem {}

  /** More rows than one request may change. */
  record TooManyRows(long most) implements WriteProblem {}

  /** A table that takes no such write. */
  record ReadOnly(String table, boolean takesInserts) implements WriteProblem {}

  /** A column that only the server sets. */
  record ServersColumn(String table, String column) implements WriteProblem {}

  /** A row that would be somebody else's. */
  record NotOwn(String table) implements WriteProblem {}

  /** A row with the unique values of another. */
  record Duplicate(String table, String constraint, List<String> columns) implements WriteProblem {}

  /** A reference to a row that is not there, or not the caller's tenant's. */
  record NoReferred(String table, String constraint, List<String> columns, String target)
      implements WriteProblem {}

  /** A row that others refer to. */
  record StillReferred(String table, String constraint, String from) implements WriteProblem {}

  /** A column that must have a value, and has none. */
  record NoValue(String table, String column) implements WriteProblem {}

  /** A value that the column's list does not have. */
  record NotListed(String table, String column, List<String> values) implements WriteProblem {}

  /** A rule of the table that does not hold. */
  record CheckFailed(String table, String constraint) implements WriteProblem {}

  /** A row that the table's rules fix. */
  record Fixed(String table) implements WriteProblem {}

  /** One row that stands twice in a merge. */
  record Twice(String table) implements WriteProblem {}

  /** Columns that make no row unique. */
  record NoKey(String table, String columns) implements WriteProblem {}

  /** A batch that cannot be read. */
  record BadBatch(int statement, String why) implements WriteProblem {}

  @Override
  default int status() {
    return switch (this) {
      case BadType _ -> 415;
      case BadPut _, ReadOnly _ -> 405;
      case NotOwn _ -> 403;
      case Duplicate _, NoReferred _, StillReferred _, Fixed _ -> 409;
      case BadBody _,
          PagedPut _,
          OtherKey _,
          TooManyAffected _,
          TooManyRows _,
          ServersColumn _,
          NoValue _,
          NotListed _,
          CheckFailed _,
          Twice _,
          NoKey _,
          BadBatch _ ->
          400;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case BadBody _ -> "PGRST102";
      case BadType _ -> "unsupported_media_type";
      case BadPut _ -> "PGRST105";
      case PagedPut _ -> "PGRST114";
      case OtherKey _ -> "PGRST115";
      case TooManyAffected _ -> "PGRST124";
      case TooManyRows _ -> "too_many_rows";
      case ReadOnly _ -> "25006";
      case ServersColumn _ -> "428C9";
      case NotOwn _ -> "42501";
      case Duplicate _ -> "23505";
      case NoReferred _, StillReferred _ -> "23503";
      case NoValue _ -> "23502";
      case NotListed _, CheckFailed _ -> "23514";
      case Fixed _ -> "23001";
      case Twice _ -> "21000";
      case NoKey _ -> "42P10";
      case BadBatch _ -> "bad_batch";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case BadBody(String why) -> why;
      case BadType(String type) -> "Content-Type not acceptable: " + Shown.of(type);
      case BadPut _ -> "Filters must include all and only primary key columns with 'eq' operators";
      case PagedPut _ -> "limit/offset querystring parameters are not allowed for PUT";
      case OtherKey _ -> "Payload values do not match URL in primary key column(s)";
      case TooManyAffected _ -> "Query result exceeds max-affected preference constraint";
      case TooManyRows(long most) -> "the request would change more than " + most + " rows";
      case ReadOnly(String table, boolean takesInserts) ->
          takesInserts
              ? "rows of table " + table + " are added, and never changed"
              : "table " + table + " cannot be written through /rest/v1";
      case ServersColumn(_, String column) ->
          "cannot set a value for column \"" + column + "\": the server sets it";
      case NotOwn(String table) ->
          "new row violates row-level security policy for table \"" + table + "\"";
      case Duplicate(_, String constraint, _) ->
          "duplicate key value violates unique constraint \"" + constraint + "\"";
      case NoReferred(String table, String constraint, _, _) ->
          "insert or update on table \"%s\" violates foreign key constraint \"%s\""
              .formatted(table, constraint);
      case StillReferred(String table, String constraint, String from) ->
          "update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\""
              .formatted(table, constraint, from);
      case NoValue(String table, String column) ->
          "null value in column \"%s\" of relation \"%s\" violates not-null constraint"
              .formatted(column, table);
      case NotListed(String table, String column, _) ->
          violates(table, table + "_" + column + "_check");
      case CheckFailed(String table, String constraint) -> violates(table, constraint);
      case Fixed(String table) -> "a rule of table " + table + " fixes the row";
      case Twice _ -> "ON CONFLICT DO UPDATE command cannot affect row a second time";
      case NoKey _ ->
          "there is no unique or exclusion constraint matching the ON CONFLICT specification";
      case BadBatch(int statement, String why) -> "statement " + statement + ": " + why;
    };
  }

  private static String violates(String table, String constraint) {
    return "new row for relation \"%s\" violates check constraint \"%s\""
        .formatted(table, constraint);
  }

  @Override
  default @Nullable Object details() {
    return switch (this) {
      case TooManyAffected(long rows) -> "The query affects " + rows + " rows";
      case Duplicate(_, _, List<String> columns) ->
          "Key (" + String.join(", ", columns) + ") already exists.";
      case NoReferred(_, _, List<String> columns, String target) ->
          "Key (%s) is not present in table \"%s\".".formatted(String.join(", ", columns), target);
      case StillReferred(_, _, String from) ->
          "Key is still referenced from table \"" + from + "\".";
      case NotListed(_, String column, List<String> values) ->
          "Column \"" + column + "\" takes one of " + String.join(", ", values);
      case NoKey(_, String columns) -> "on_conflict=" + Shown.of(columns);
      case BadBody _,
          BadType _,
          BadPut _,
          PagedPut _,
          OtherKey _,
          TooManyRows _,
          ReadOnly _,
          ServersColumn _,
          NotOwn _,
          NoValue _,
          CheckFailed _,
          Fixed _,
          Twice _,
          BadBatch _ ->
          null;
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case BadBody _ ->
          "send a JSON object, or an array of objects with the same members, or name columns=";
      case BadType _ -> "send application/json, text/csv or application/x-www-form-urlencoded";
      case BadPut _ -> "write PUT /rest/v1/table?id=eq.…, or merge with POST";
      case PagedPut _ -> "leave limit and offset out";
      case OtherKey _ -> "send the key of the address in the body too, and one row";
      case TooManyAffected _ -> "nothing was changed; filter more, or raise max-affected";
      case TooManyRows _ -> "nothing was changed; write in parts, with limit and order";
      case ReadOnly(String table, _) ->
          "docs/records-writing.md says which tables take which writes; GET " + table + " reads it";
      case ServersColumn _ -> "leave it out, or name the columns that are meant with columns=";
      case NotOwn _ -> "your role writes your own rows alone: leave the owner out, or be it";
      case Duplicate _ -> "change the values, or merge with Prefer: resolution=merge-duplicates";
      case NoReferred(_, _, _, String target) -> "make the row of " + target + " first";
      case StillReferred(_, _, String from) -> "delete the rows of " + from + " first";
      case NoValue(_, String column) -> "send a value for " + column;
      case NotListed _ -> "send one of the values that details lists, in capitals";
      case CheckFailed _ ->
          "the rule's name says which columns it is about; docs/tables.md has them";
      case Fixed _ -> "make a new row instead";
      case Twice _ -> "send each key once";
      case NoKey(String table, _) -> "name a unique key of " + table + ", without tenant_id";
      case BadBatch _ -> "docs/records-writing.md shows a batch; nothing was changed";
    };
  }

  @Override
  default Map<String, String> headers() {
    return this instanceof ReadOnly(_, boolean takesInserts)
        ? Map.of("Allow", takesInserts ? "OPTIONS,GET,HEAD,POST" : "OPTIONS,GET,HEAD")
        : Map.of();
  }
}
