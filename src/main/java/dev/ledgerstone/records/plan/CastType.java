package dev.ledgerstone.records.plan;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.request.RecordsProblem;

/** Types to which a value can be cast. */
public enum CastType {
  TEXT(Kind.TEXT),
  DATE(Kind.TEXT),
  INTEGER(Kind.INTEGER),
  BIGINT(Kind.BIGINT),
  NUMERIC(Kind.NUMERIC),
  DOUBLE(Kind.DOUBLE),
  BOOLEAN(Kind.BOOLEAN),
  UUID(Kind.UUID),
  TIMESTAMP(Kind.TIMESTAMP),
  JSON(Kind.JSON);

  private final Kind kind;

  CastType(Kind kind) {
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** The type of a name, if a value of a kind can be cast to it. */
  static CastType of(Kind from, String name) {
    CastType type =
        switch (name) {
          case "text", "varchar", "character varying" -> TEXT;
          case "date" -> DATE;
          case "int", "int2", "int4", "smallint", "integer" -> INTEGER;
          case "int8", "bigint" -> BIGINT;
          case "numeric", "decimal" -> NUMERIC;
          case "float4", "float8", "real", "double precision" -> DOUBLE;
          case "bool", "boolean" -> BOOLEAN;
          case "uuid" -> UUID;
          case "timestamptz", "timestamp with time zone" -> TIMESTAMP;
          case "json", "jsonb" -> JSON;
          default -> throw new RecordsProblem.NoType(name).exception();
        };
    boolean isPossible =
        switch (type) {
          case TEXT -> true;
          case DATE -> from == Kind.TIMESTAMP;
          case INTEGER, BIGINT ->
              from.isNumber() || from == Kind.TEXT || from == Kind.JSON || from == Kind.BOOLEAN;
          case NUMERIC, DOUBLE -> from.isNumber() || from == Kind.TEXT || from == Kind.JSON;
          case BOOLEAN ->
              from == Kind.BOOLEAN
                  || from == Kind.INTEGER
                  || from == Kind.TEXT
                  || from == Kind.JSON;
          case UUID -> from == Kind.UUID;
          case TIMESTAMP -> from == Kind.TIMESTAMP;
          case JSON -> from == Kind.JSON || from == Kind.TEXT;
        };
    if (!isPossible) {
      throw refused(from, name);
    }
    return type;
  }

  private static ProblemException refused(Kind from, String name) {
    return new RecordsProblem.NoCast(from.sqlName(), name).exception();
  }
}
