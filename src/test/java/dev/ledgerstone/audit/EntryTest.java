package dev.ledgerstone.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Timestamps;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.WithNull;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The hash is written without a tree: it must be that of the tree. */
class EntryTest {
  private static final UUID ID = new UUID(0x01a20395e4617000L, 0xa6ab760c4b8ee199L);
  private static final UUID OTHER = new UUID(0x01a20395e4b57000L, 0x975f302a7794628eL);
  private static final Instant AT = Instant.parse("2026-11-22T14:11:36.473426Z");

  @Property
  void aHashIsThatOfTheCanonicalTree(
      @ForAll @WithNull String text,
      @ForAll String action,
      @ForAll @WithNull Long number,
      @ForAll double fraction,
      @ForAll boolean isMany) {
    ObjectNode after =
        JsonNodeFactory.instance
            .objectNode()
            .put("title", text)
            .put("count", number)
            .put("share", fraction)
            .put("a\"b\\", action);
    Entry entry =
        new Entry(
            ID,
            OTHER,
            "USER",
            isMany ? null : OTHER,
            null,
            isMany ? ID : null,
            action,
            text,
            isMany ? null : ID,
            isMany ? JsonNodeFactory.instance.arrayNode().add(ID.toString()) : null,
            number == null ? 1 : number,
            null,
            isMany ? null : after,
            "SUCCESS",
            text,
            ID,
            "127.0.0.1",
            text,
            AT);
    assertThat(entry.hash())
        .isEqualTo(HexFormat.of().formatHex(Sha256.of(CanonicalJson.bytes(tree(entry)))));
  }

  /** As {@code docs/audit.md} has the members of an entry. */
  private static JsonNode tree(Entry entry) {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    all.put("format", 1);
    all.put("id", text(entry.id()));
    all.put("tenant_id", text(entry.tenant()));
    all.put("actor_kind", entry.actorKind());
    all.put("actor_id", text(entry.user()));
    all.put("api_key_id", text(entry.key()));
    all.put("session_id", text(entry.session()));
    all.put("action", entry.action());
    all.put("table_name", entry.table());
    all.put("row_id", text(entry.row()));
    all.set("row_ids", entry.rows());
    all.put("row_count", entry.rowCount());
    all.set("old_values", entry.before());
    all.set("new_values", entry.after());
    all.put("outcome", entry.outcome());
    all.put("reason", entry.reason());
    all.put("request_id", text(entry.request()));
    all.put("ip", entry.ip());
    all.put("user_agent", entry.userAgent());
    all.put("created_at", Timestamps.text(entry.at()));
    return all;
  }

  private static @Nullable String text(@Nullable UUID id) {
    return id == null ? null : id.toString();
  }

  @Test
  void membersOutOfOrderAreRefused() {
    CanonicalJson.Members members = new CanonicalJson.Members().number("b", 1);
    assertThatThrownBy(() -> members.number("a", 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> members.number("b", 1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(new CanonicalJson.Members().bytes()).asString().isEqualTo("{}");
  }
}
