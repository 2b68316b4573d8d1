package dev.ledgerstone.cli;

import dev.ledgerstone.access.PasswordStore;
import dev.ledgerstone.access.Passwords;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.SecurityEvent;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.intake.UsersSink;
import dev.ledgerstone.problem.RequestProblem;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;

/** {@code users}. */
@Command(name = "users", description = "A tenant's users.")
final class UsersCommand {
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

  @Command(description = "Makes a user.")
  int create(
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--email", paramLabel = "ADDRESS") @Nullable String email,
      @Option(
              names = "--role",
              paramLabel = "ROLE",
              defaultValue = "MEMBER",
              description = "OWNER, ADMIN, MEMBER, VIEWER or SERVICE; default: MEMBER.")
          String role) {
    try (Database database = main.context().current()) {
      UUID id =
          database.write(
              sql ->
                  UserStore.create(
                      sql,
                      Actor.command(TenantStore.require(sql, tenant)),
                      name,
                      email,
                      role,
                      Instant.now()));
      main.printOne(Rows.of("user", "role", "tenant", "id").add(name, role, tenant, id));
      return Main.OK;
    }
  }

  @Command(
      name = "import",
      description =
          "Makes users of a file, .csv, .json or .jsonl, with username, email and role; names those that could"
              + " not be made, and why, in a file beside it.")
  int bring(@Mixin ImportCommand.Files files) {
    return ImportCommand.run(
        main,
        tenant,
        files.source(),
        (database, owner) -> new UsersSink(database, Clock.systemUTC(), Actor.command(owner)));
  }

  @Command(description = "Lists the users.")
  int list() {
    try (Database database = main.context().current()) {
      Rows rows = Rows.of("user", "email", "role", "active", "id", "created at");
      UUID owner = database.read(sql -> TenantStore.require(sql, tenant));
      @Nullable UUID after = null;
      List<UserStore.User> page;
      do {
        UUID from = after;
        page = database.read(sql -> UserStore.list(sql, owner, from, PAGE));
        for (UserStore.User each : page) {
          rows.add(
              each.username(),
              each.email(),
              each.role(),
              each.isActive(),
              each.id(),
              each.createdAt());
          after = each.id();
        }
      } while (page.size() == PAGE);
      main.print(rows);
      return Main.OK;
    }
  }

  @Command(description = "Stops a user's keys.")
  int deactivate(@Parameters(paramLabel = "NAME") String name) {
    try (Database database = main.context().current()) {
      database.write(
          sql -> {
            UUID owner = TenantStore.require(sql, tenant);
            UserStore.setActive(
                sql,
                Actor.command(owner),
                UserStore.require(sql, owner, name),
                false,
                Instant.now());
            return null;
          });
      main.printOne(Rows.of("user", "active").add(name, false));
      return Main.OK;
    }
  }

  @Command(
      name = "set-password",
      description =
          "Gives a user a password, which is asked for, or read as one line from standard input; ends the"
              + " user's sessions.")
  int setPassword(@Parameters(paramLabel = "NAME") String name) {
    Context context = main.context();
    try (Database database = context.current();
        Passwords passwords = new Passwords()) {
      UUID owner = database.read(sql -> TenantStore.require(sql, tenant));
      UUID user = database.read(sql -> UserStore.require(sql, owner, name));
      String password = password();
      AccessWiring.signInRules(context.settings()).checkPassword(password, name);
      String hash = passwords.hash(password);
      database.write(
          sql -> {
            PasswordStore.set(
                sql,
                Actor.command(owner),
                user,
                hash,
                null,
                SecurityEvent.Kind.PASSWORD_RESET,
                Instant.now());
            return null;
          });
      main.printOne(Rows.of("user", "password").add(name, "set"));
      return Main.OK;
    }
  }

  private static String password() {
    Console console = Objects.requireNonNull(System.console()); // since Java 22 it is always there
    if (console.isTerminal()) {
      char[] typed = console.readPassword("New password: ");
      char[] again = console.readPassword("Once more: ");
      if (typed == null || !Arrays.equals(typed, again)) {
        throw invalid("the two passwords are not the same", "type it again");
      }
      return new String(typed);
    }
    try {
      String line =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
      if (line == null) {
        throw invalid("there is no password on standard input", "write it there as one line");
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RuntimeException invalid(String detail, String hint) {
    return new RequestProblem.Invalid("password", detail, hint).exception();
  }
}
