package dev.ledgerstone.db;

import org.jooq.SQLDialect;

/** The database engines. */
public enum Engine {
  SQLITE(SQLDialect.SQLITE, "SQLite"),
  POSTGRES(SQLDialect.POSTGRES, "PostgreSQL");

  private final SQLDialect jooq;
  private final String title;

  Engine(SQLDialect jooq, String title) {
    this.jooq = jooq;
    this.title = title;
  }

  SQLDialect jooq() {
    return jooq;
  }

  /** The name that people know. */
  public String title() {
    return title;
  }
}
