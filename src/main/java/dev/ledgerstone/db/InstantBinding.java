package dev.ledgerstone.db;

import static java.time.ZoneOffset.UTC;

import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jooq.Binding;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingGetSQLInputContext;
import org.jooq.BindingGetStatementContext;
import org.jooq.BindingRegisterContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetSQLOutputContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.SQLDialect;
import org.jooq.conf.ParamType;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Times: {@code timestamptz} on PostgreSQL, on SQLite text of fixed width in UTC, {@code
 * YYYY-MM-DDTHH:MM:SS.ffffffZ}, which sorts as the times do.
 */
@SuppressWarnings(
    "NullAway") // jOOQ's types say nothing about null: a null column passes through as null
public final class InstantBinding implements Binding<OffsetDateTime, Instant> {
  @Override
  public Converter<OffsetDateTime, Instant> converter() {
    return Converter.ofNullable(
        OffsetDateTime.class, Instant.class, OffsetDateTime::toInstant, at -> at.atOffset(UTC));
  }

  @Override
  public void sql(BindingSQLContext<Instant> ctx) {
    Instant at = ctx.value();
    // Of a batch of statements no value is bound: each stands in its text.
    ctx.render()
        .visit(
            ctx.render().paramType() == ParamType.INLINED
                ? DSL.inline(at == null ? null : Timestamps.text(at))
                : DSL.raw("?"));
  }

  @Override
  public void register(BindingRegisterContext<Instant> ctx) throws SQLException {
    ctx.statement().registerOutParameter(ctx.index(), Types.TIMESTAMP_WITH_TIMEZONE);
  }

  @Override
  public void set(BindingSetStatementContext<Instant> ctx) throws SQLException {
    Instant at = ctx.value();
    if (at == null) {
      ctx.statement()
          .setNull(
              ctx.index(), isSqlite(ctx.dialect()) ? Types.VARCHAR : Types.TIMESTAMP_WITH_TIMEZONE);
    } else if (isSqlite(ctx.dialect())) {
      ctx.statement().setString(ctx.index(), Timestamps.text(at));
    } else {
      ctx.statement().setObject(ctx.index(), at.atOffset(UTC));
    }
  }

  @Override
  public void get(BindingGetResultSetContext<Instant> ctx) throws SQLException {
    if (isSqlite(ctx.dialect())) {
      @Nullable String text = ctx.resultSet().getString(ctx.index());
      ctx.value(text == null ? null : Timestamps.instant(text));
    } else {
      OffsetDateTime at = ctx.resultSet().getObject(ctx.index(), OffsetDateTime.class);
      ctx.value(at == null ? null : at.toInstant());
    }
  }

  @Override
  public void get(BindingGetStatementContext<Instant> ctx) throws SQLException {
    throw new SQLFeatureNotSupportedException("stored procedures");
  }

  @Override
  public void get(BindingGetSQLInputContext<Instant> ctx) throws SQLException {
    throw new SQLFeatureNotSupportedException("user-defined types");
  }

  @Override
  public void set(BindingSetSQLOutputContext<Instant> ctx) throws SQLException {
    throw new SQLFeatureNotSupportedException("user-defined types");
  }

  private static boolean isSqlite(SQLDialect dialect) {
    return dialect.family() == SQLDialect.SQLITE;
  }
}
