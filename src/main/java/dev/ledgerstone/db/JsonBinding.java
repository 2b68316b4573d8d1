package dev.ledgerstone.db;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Types;
import org.jooq.Binding;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingGetSQLInputContext;
import org.jooq.BindingGetStatementContext;
import org.jooq.BindingRegisterContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetSQLOutputContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.JSON;
import org.jooq.SQLDialect;
import org.jooq.conf.ParamType;
import org.jooq.impl.DSL;

/**
 * JSON columns as trees: {@code jsonb} on PostgreSQL, text on SQLite. Compare them as trees: jsonb
 * reorders its keys.
 */
@SuppressWarnings(
    "NullAway") // jOOQ's types say nothing about null: a null column passes through as null
public final class JsonBinding implements Binding<JSON, JsonNode> {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Override
  public Converter<JSON, JsonNode> converter() {
    return Converter.ofNullable(
        JSON.class, JsonNode.class, json -> parse(json.data()), tree -> JSON.json(tree.toString()));
  }

  @Override
  public void sql(BindingSQLContext<JsonNode> ctx) {
    JsonNode tree = ctx.value();
    ctx.render()
        .visit(
            ctx.render().paramType() == ParamType.INLINED
                ? DSL.inline(tree == null ? null : tree.toString())
                : DSL.raw("?"));
    if (ctx.dialect().family() != SQLDialect.SQLITE) {
      ctx.render().visit(DSL.raw("::jsonb"));
    }
  }

  @Override
  public void register(BindingRegisterContext<JsonNode> ctx) throws SQLException {
    ctx.statement().registerOutParameter(ctx.index(), Types.VARCHAR);
  }

  @Override
  public void set(BindingSetStatementContext<JsonNode> ctx) throws SQLException {
    JsonNode tree = ctx.value();
    ctx.statement().setString(ctx.index(), tree == null ? null : tree.toString());
  }

  @Override
  public void get(BindingGetResultSetContext<JsonNode> ctx) throws SQLException {
    String text = ctx.resultSet().getString(ctx.index());
    ctx.value(text == null ? null : parse(text));
  }

  @Override
  public void get(BindingGetStatementContext<JsonNode> ctx) throws SQLException {
    throw new SQLFeatureNotSupportedException("stored procedures");
  }

  @Override
  public void get(BindingGetSQLInputContext<JsonNode> ctx) throws SQLException {
    throw new SQLFeatureNotSupportedException("user-defined types");
  }

  @Override
  public void set(BindingSetSQLOutputContext<JsonNode> ctx) throws SQLException {
    throw new SQLFeatureNotSupportedException("user-defined types");
  }

  /** A JSON column's text as a tree. */
  public static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON column holds what is not JSON", e);
    }
  }
}
