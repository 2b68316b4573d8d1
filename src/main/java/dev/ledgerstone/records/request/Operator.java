package dev.ledgerstone.records.request;

import java.util.Locale;

/** What compares a column with one value; the SQL is PostgreSQL's name for it. */
public enum Operator {
  EQ("="),
  NEQ("<>"),
  GT(">"),
  GTE(">="),
  LT("<"),
  LTE("<="),
  LIKE("~~"),
  ILIKE("~~*"),
  MATCH("~"),
  IMATCH("~*"),
  CS("@>"),
  CD("<@"),
  OV("&&"),
  SL("<<"),
  SR(">>"),
  NXR("&<"),
  NXL("&>"),
  ADJ("-|-");

  private final String sql;

  Operator(String sql) {
    this.sql = sql;
  }

  public String sql() {
    return sql;
  }

  /** As a request writes it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it can be asked of any, or all, of an array's values. */
  boolean isQuantifiable() {
    return switch (this) {
      case EQ, GT, GTE, LT, LTE, LIKE, ILIKE, MATCH, IMATCH -> true;
      case NEQ, CS, CD, OV, SL, SR, NXR, NXL, ADJ -> false;
    };
  }
}
