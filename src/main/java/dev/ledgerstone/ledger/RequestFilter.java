package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.http.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/** Which lines of the ledger were asked for. */
final class RequestFilter {
  /** Which lines of a call are listed. */
  private enum Attempts {
    /** The first one, under whose id the call is known. */
    ROOT,
    ALL
  }

  private final List<Condition> conditions = new ArrayList<>();

  private RequestFilter() {}

  /** Of a query's parameters. */
  static RequestFilter of(Parameters query, Dialect dialect) {
    RequestFilter filter = new RequestFilter();
    filter.add(query.choice("status", RequestStatus.class), it -> AI_REQUESTS.STATUS.eq(it.name()));
    filter.add(query.text("model"), AI_REQUESTS.MODEL::eq);
    filter.add(query.text("provider"), AI_REQUESTS.PROVIDER::eq);
    filter.add(query.id("user_id"), AI_REQUESTS.USER_ID::eq);
    filter.add(query.id("api_key_id"), AI_REQUESTS.API_KEY_ID::eq);
    filter.add(
        query.choice("task_type", TaskType.class), it -> AI_REQUESTS.TASK_TYPE.eq(it.name()));
    filter.add(
        query.choice("request_type", RequestType.class),
        it -> AI_REQUESTS.REQUEST_TYPE.eq(it.name()));
    filter.add(query.id("conversation_id"), AI_REQUESTS.CONVERSATION_ID::eq);
    filter.add(query.text("tag"), tag -> dialect.holds(AI_REQUESTS.TAGS, tag));
    filter.add(query.bool("is_stream"), AI_REQUESTS.IS_STREAM::eq);
    query
        .integer("min_cost_nanos", 0, Long.MAX_VALUE)
        .ifPresent(least -> filter.conditions.add(AI_REQUESTS.COST_NANOS.ge(least)));
    // A line's id begins with its time: so the index of ids serves, and whole months are left out.
    filter.add(query.instant("from"), from -> AI_REQUESTS.ID.ge(Ids.lowest(from)));
    filter.add(query.instant("to"), to -> AI_REQUESTS.ID.lt(Ids.lowest(to)));
    if (query.choice("attempts", Attempts.class).orElse(Attempts.ROOT) == Attempts.ROOT) {
      filter.conditions.add(AI_REQUESTS.PARENT_ID.isNull());
    }
    return filter;
  }

  private <T> void add(Optional<T> value, Function<T, Condition> condition) {
    value.map(condition).ifPresent(conditions::add);
  }

  Condition condition() {
    return DSL.and(conditions);
  }
}
