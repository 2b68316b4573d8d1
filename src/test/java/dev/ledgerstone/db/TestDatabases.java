package dev.ledgerstone.db;

import dev.ledgerstone.db.migrate.Migrator;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Databases for tests, of either engine, each test's its own: {@code
 * TestDatabases.fresh(Engine.POSTGRES)}.
 *
 * <p>SQLite: copies of one file in a temporary folder. PostgreSQL: copies of one database on one
 * embedded server a JVM, used as a role that owns its database and is no superuser (a superuser
 * passes row-level security). Both are upgraded once a JVM.
 *
 * <p>Nobody has to close them. One that a test instance or a test made goes when the test is over;
 * one that a static field or {@code @BeforeAll} made goes with the class ({@link
 * TestDatabasesExtension}); all else, such as a jqwik property's, at the end of the JVM. Suites run
 * their tests one after another; the scopes rely on it.
 */
public final class TestDatabases {
  private static final String ROLE = "ledgerstone";
  private static final AtomicInteger NUMBER = new AtomicInteger();

  /** By database; kept after its end, so that {@link #url} works on one that a test has closed. */
  private static final Map<Database, String> URLS =
      Collections.synchronizedMap(new IdentityHashMap<>());

  private static final Deque<Scope> SCOPES = new ArrayDeque<>(List.of(new Scope()));

  private TestDatabases() {}

  /** An upgraded database without rows but those that migrations write. */
  public static Database fresh(Engine engine) {
    return make(engine, true);
  }

  /** A database without a schema. */
  public static Database empty(Engine engine) {
    return make(engine, false);
  }

  /** By which a second {@link Database}, or another process, opens the same database. */
  public static String url(Database database) {
    String url = URLS.get(database);
    if (url == null) {
      throw new IllegalArgumentException("not a database of TestDatabases");
    }
    return url;
  }

  /** A bare connection of its own, past the pools. */
  public static Connection connection(Database database) throws SQLException {
    String url = url(database);
    return switch (database.engine()) {
      case SQLITE -> DriverManager.getConnection("jdbc:" + url + "?busy_timeout=20000");
      case POSTGRES -> {
        URI uri = URI.create(url);
        yield DriverManager.getConnection(
            "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(), ROLE, ROLE);
      }
    };
  }

  private static Database make(Engine engine, boolean isUpgraded) {
    String name = "test_" + NUMBER.incrementAndGet();
    String url =
        switch (engine) {
          case SQLITE -> Sqlite.create(name, isUpgraded);
          case POSTGRES -> Postgres.create(name, isUpgraded);
        };
    Database database = Database.open(DatabaseSettings.of(url));
    URLS.put(database, url);
    synchronized (SCOPES) {
      SCOPES.getLast().owned.add(new Owned(database, name));
    }
    return database;
  }

  private static void upgrade(String url) {
    try (Database database = Database.open(DatabaseSettings.of(url))) {
      new Migrator(database, "test").upgrade("head");
    }
  }

  /** What is made from now on belongs to the scope that this opens. */
  static Scope open() {
    Scope scope = new Scope();
    synchronized (SCOPES) {
      SCOPES.addLast(scope);
    }
    return scope;
  }

  private record Owned(Database database, String name) {
    void drop() {
      database.close();
      URLS.remove(database);
      switch (database.engine()) {
        case SQLITE -> Sqlite.drop(name);
        case POSTGRES -> Postgres.drop(name);
      }
    }
  }

  /** Databases that go together. */
  static final class Scope implements AutoCloseable {
    private final List<Owned> owned = new ArrayList<>();

    /** Ends this scope and those that were opened in it and never closed. */
    @Override
    public void close() {
      List<Owned> ended = new ArrayList<>();
      synchronized (SCOPES) {
        while (SCOPES.contains(this)) {
          ended.addAll(SCOPES.removeLast().owned);
        }
      }
      ended.forEach(Owned::drop);
    }
  }

  private static final class Sqlite {
    private static final Path FOLDER = folder();

    static String create(String name, boolean isUpgraded) {
      Path file = FOLDER.resolve(name + ".db");
      if (isUpgraded) {
        try {
          Files.copy(SqliteTemplate.FILE, file);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return "sqlite:" + file;
    }

    private static Path template() {
      Path file = FOLDER.resolve("template.db");
      upgrade("sqlite:" + file);
      if (Files.exists(FOLDER.resolve("template.db-wal"))) {
        throw new IllegalStateException("the template was not closed: its log is still there");
      }
      return file;
    }

    private static Path folder() {
      try {
        Path folder = Files.createTempDirectory("ledgerstone-test");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        return folder;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void delete(Path folder) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static void drop(String name) {
      try {
        for (String suffix : List.of("", "-wal", "-shm")) {
          Files.deleteIfExists(FOLDER.resolve(name + ".db" + suffix));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Postgres {
    private static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        EmbeddedPostgres server =
            EmbeddedPostgres.builder().setServerConfig("max_connections", "200").start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
        execute(server, "create role " + ROLE + " login password '" + ROLE + "'");
        return server;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void stop(EmbeddedPostgres server) {
      try {
        server.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static String template() {
      execute(SERVER, "create database template_ledgerstone owner " + ROLE);
      upgrade(url("template_ledgerstone"));
      return "template_ledgerstone";
    }

    static String create(String name, boolean isUpgraded) {
      String template = isUpgraded ? PostgresTemplate.NAME : "template1";
      execute(SERVER, "create database " + name + " template " + template + " owner " + ROLE);
      return url(name);
    }

    /** By force: a test may have left connections of its own. */
    static void drop(String name) {
      execute(SERVER, "drop database " + name + " with (force)");
    }

    private static String url(String name) {
      return "postgresql://" + ROLE + ":" + ROLE + "@127.0.0.1:" + SERVER.getPort() + "/" + name;
    }

    private static void execute(EmbeddedPostgres server, String sql) {
      try (Connection connection = server.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Made when it is first wanted, so that {@link #empty} works while a migration does not. */
  private static final class SqliteTemplate {
    static final Path FILE = Sqlite.template();
  }

  private static final class PostgresTemplate {
    static final String NAME = Postgres.template();
  }
}
