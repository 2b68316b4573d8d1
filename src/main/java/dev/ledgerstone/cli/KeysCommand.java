package dev.ledgerstone.cli;

import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Durations;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;

/** {@code keys}. */
@Command(name = "keys", description = "Keys that programs call with.")
final class KeysCommand {
  private static final int PAGE = 500;

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Option(
      names = "--tenant",
      paramLabel = "SLUG",
      scope = ScopeType.INHERIT,
      description = "Whose; default: default.")
  private String tenant = Seed.DEFAULT_TENANT;

  @Command(description = "Makes a key and prints it, this once.")
  int create(
      @Parameters(paramLabel = "NAME") String name,
      @Option(
              names = "--user",
              paramLabel = "NAME",
              defaultValue = Seed.OWNER,
              description = "Who calls with it; default: owner.")
          String user,
      @Option(
              names = "--scope",
              paramLabel = "SCOPE",
              defaultValue = "*",
              description =
                  "What it may do: gateway:*, ledger:read; several by repeating; default: all that its"
                      + " user may.")
          List<String> scopes,
      @Option(
              names = "--model",
              paramLabel = "MODEL",
              description =
                  "A model that it may call, with * for any letters; several by repeating.")
          @Nullable List<String> models,
      @Option(
              names = "--ip",
              paramLabel = "ADDRESS",
              description = "An address or CIDR block to call from; several by repeating.")
          @Nullable List<String> addresses,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              description = "90d, 2027-01-31 or 2027-01-31T12:00:00Z; default: never.")
          @Nullable String expires) {
    Instant now = Instant.now();
    @Nullable Instant end = expires == null ? null : time(expires, now);
    try (Database database = main.context().current()) {
      KeyStore.Made made =
          database.write(
              sql -> {
                UUID owner = TenantStore.require(sql, tenant);
                return KeyStore.create(
                    sql,
                    Actor.command(owner),
                    new KeyStore.Wish(
                        name,
                        UserStore.require(sql, owner, user),
                        scopes,
                        models,
                        addresses,
                        null,
                        end,
                        null),
                    now);
              });
      print(made);
      return Main.OK;
    }
  }

  private static Instant time(String text, Instant now) {
    Instant time =
        Durations.parse(text)
            .map(now::plus)
            .orElseGet(
                () -> {
                  try {
                    return text.length() == 10
                        ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                        : Instant.parse(text);
                  } catch (DateTimeParseException e) {
                    throw new RequestProblem.Invalid(
                            "expires",
                            "\"" + text + "\" is no time",
                            "write 90d, 2027-01-31 or 2027-01-31T12:00:00Z")
                        .exception(e);
                  }
                });
    if (!time.isAfter(now)) {
      throw new RequestProblem.Invalid(
              "expires", "the key would have expired already", "give a time to come")
          .exception();
    }
    return time;
  }

  private void print(KeyStore.Made made) {
    main.printOne(
        Rows.of("name", "tenant", "id", "key").add(made.name(), tenant, made.id(), made.secret()));
  }

  @Command(description = "Lists the keys; never the secrets.")
  int list() {
    try (Database database = main.context().current()) {
      Rows rows =
          Rows.of(
              "name",
              "begins",
              "user",
              "state",
              "scopes",
              "models",
              "ips",
              "expires",
              "last used",
              "id");
      UUID owner = database.read(sql -> TenantStore.require(sql, tenant));
      Instant now = Instant.now();
      @Nullable UUID after = null;
      List<KeyStore.Key> page;
      do {
        UUID from = after;
        page = database.read(sql -> KeyStore.list(sql, owner, null, from, PAGE));
        for (KeyStore.Key each : page) {
          rows.add(
              each.name(),
              each.prefix(),
              each.username(),
              state(each, now),
              each.scopes(),
              each.allowedModels(),
              each.allowedIps(),
              each.expiresAt(),
              each.lastUsedAt(),
              each.id());
          after = each.id();
        }
      } while (page.size() == PAGE);
      main.print(rows);
      return Main.OK;
    }
  }

  private static String state(KeyStore.Key key, Instant now) {
    if (key.revokedAt() != null) {
      return "revoked";
    }
    if (key.expiresAt() != null && !key.expiresAt().isAfter(now)) {
      return "expired";
    }
    if (key.graceUntil() != null) {
      return key.graceUntil().isAfter(now) ? "in grace" : "rotated";
    }
    return "active";
  }

  @Command(description = "Puts a new key in a key's place and prints it, this once.")
  int rotate(
      @Parameters(paramLabel = "NAME", description = "Its name, or its id.") String name,
      @Option(
              names = "--grace",
              paramLabel = "TIME",
              defaultValue = "24h",
              description = "How long the old key works on; default: 24h.")
          String grace) {
    Duration time =
        Durations.parse(grace)
            .orElseThrow(
                () ->
                    new RequestProblem.Invalid(
                            "grace", "\"" + grace + "\" is no duration", "write 24h, 90m or 0s")
                        .exception());
    try (Database database = main.context().current()) {
      print(
          database.write(
              sql -> {
                UUID owner = TenantStore.require(sql, tenant);
                return KeyStore.rotate(
                    sql, Actor.command(owner), find(sql, owner, name), time, Instant.now());
              }));
      return Main.OK;
    }
  }

  @Command(description = "Ends a key at once.")
  int revoke(@Parameters(paramLabel = "NAME", description = "Its name, or its id.") String name) {
    try (Database database = main.context().current()) {
      database.write(
          sql -> {
            UUID owner = TenantStore.require(sql, tenant);
            KeyStore.revoke(sql, Actor.command(owner), find(sql, owner, name), Instant.now());
            return null;
          });
      main.printOne(Rows.of("key", "state").add(name, "revoked"));
      return Main.OK;
    }
  }

  private static UUID find(DSLContext sql, UUID tenant, String name) {
    UUID id = KeyStore.find(sql, tenant, name);
    if (id == null) {
      throw new RequestProblem.NotFound("key", name).exception();
    }
    return id;
  }
}
