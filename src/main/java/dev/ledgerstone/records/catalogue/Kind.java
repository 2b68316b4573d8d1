package dev.ledgerstone.records.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;

/** What a column holds, and the name by which PostgreSQL's errors call it. */
public enum Kind {
  TEXT("character varying"),
  UUID("uuid"),
  BIGINT("bigint"),
  INTEGER("integer"),
  BOOLEAN("boolean"),
  DOUBLE("double precision"),
  NUMERIC("numeric"),
  TIMESTAMP("timestamp with time zone"),
  JSON("jsonb");

  private final String sqlName;

  Kind(String sqlName) {
    this.sqlName = sqlName;
  }

  public String sqlName() {
    return sqlName;
  }

  public boolean isNumber() {
    return switch (this) {
      case BIGINT, INTEGER, DOUBLE, NUMERIC -> true;
      case TEXT, UUID, BOOLEAN, TIMESTAMP, JSON -> false;
    };
  }

  static Kind of(Class<?> type) {
    if (type == String.class) {
      return TEXT;
    } else if (type == java.util.UUID.class) {
      return UUID;
    } else if (type == Long.class) {
      return BIGINT;
    } else if (type == Integer.class || type == Short.class) {
      return INTEGER;
    } else if (type == Boolean.class) {
      return BOOLEAN;
    } else if (type == Double.class || type == Float.class) {
      return DOUBLE;
    } else if (type == BigDecimal.class) {
      return NUMERIC;
    } else if (type == Instant.class) {
      return TIMESTAMP;
    } else if (type == JsonNode.class) {
      return JSON;
    }
    throw new IllegalArgumentException("the records API knows no columns of " + type);
  }
}
