package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.problem.ProblemException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** People: {@code username}, {@code email} and {@code role}, the last two optional. */
public final class UsersSink implements Sink<UsersSink.Person> {
  private static final Set<String> KNOWN = Set.of("username", "email", "role");

  private final Database database;
  private final Clock clock;
  private final Actor actor;

  public UsersSink(Database database, Clock clock, Actor actor) {
    this.database = database;
    this.clock = clock;
    this.actor = actor;
  }

  /** Somebody who becomes a user. */
  public record Person(String username, @Nullable String email, String role) {}

  @Override
  public String table() {
    return "users";
  }

  @Override
  public String identity() {
    return "";
  }

  @Override
  public Person take(ObjectNode record) throws Rejected {
    for (String name : (Iterable<String>) record::fieldNames) {
      if (!KNOWN.contains(name)) {
        throw new Rejected(name + ": there are username, email and role");
      }
    }
    Fields fields = new Fields(record);
    String role = fields.text("role");
    return new Person(
        fields.required("username"),
        fields.text("email"),
        role == null ? "MEMBER" : role.toUpperCase(Locale.ROOT));
  }

  @Override
  public long write(Connection connection, List<Taken<Person>> records, Rejections rejections)
      throws SQLException {
    for (Taken<Person> each : records) {
      Person person = each.value();
      execute(connection, "savepoint person");
      try {
        UserStore.create(
            database.on(connection),
            actor,
            person.username(),
            person.email(),
            person.role(),
            clock.instant());
      } catch (ProblemException e) {
        execute(connection, "rollback to savepoint person");
        rejections.add(each, e.problem().detail());
      } catch (org.jooq.exception.IntegrityConstraintViolationException e) {
        execute(connection, "rollback to savepoint person");
        rejections.add(each, "somebody has the same name or address");
      }
      execute(connection, "release savepoint person");
    }
    return 0;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
