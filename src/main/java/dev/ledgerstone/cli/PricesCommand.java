package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.MODEL_PRICES;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.ledger.CatalogueConversion;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code prices}. */
@Command(name = "prices", description = "What models cost.")
final class PricesCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Command(description = "Lists prices, in US dollars per million tokens; what is newer holds.")
  int list(
      @Option(names = "--provider", paramLabel = "NAME", description = "Of this provider alone.")
          @Nullable String provider,
      @Option(
              names = "--model",
              paramLabel = "TEXT",
              description = "Of models whose name has this in it.")
          @Nullable String model) {
    Condition where = DSL.noCondition();
    if (provider != null) {
      where = where.and(MODEL_PRICES.PROVIDER.eq(provider));
    }
    if (model != null) {
      where = where.and(MODEL_PRICES.MODEL.containsIgnoreCase(model));
    }
    Condition wanted = where;
    Rows rows =
        Rows.of(
            "tenant",
            "provider",
            "model",
            "above",
            "from",
            "input",
            "output",
            "cached",
            "request",
            "source");
    try (Database database = main.context().current()) {
      database.read(
          sql -> {
            sql.select(MODEL_PRICES.fields())
                .select(TENANTS.SLUG)
                .from(MODEL_PRICES)
                .join(TENANTS)
                .on(TENANTS.ID.eq(MODEL_PRICES.TENANT_ID))
                .where(wanted)
                .orderBy(
                    MODEL_PRICES.PROVIDER,
                    MODEL_PRICES.MODEL,
                    TENANTS.SLUG,
                    MODEL_PRICES.VALID_FROM,
                    MODEL_PRICES.ABOVE_INPUT_TOKENS)
                .forEach(
                    row ->
                        rows.add(
                            row.get(TENANTS.SLUG),
                            row.get(MODEL_PRICES.PROVIDER),
                            row.get(MODEL_PRICES.MODEL),
                            row.get(MODEL_PRICES.ABOVE_INPUT_TOKENS),
                            row.get(MODEL_PRICES.VALID_FROM),
                            dollars(row.get(MODEL_PRICES.INPUT_PICOS), 6),
                            dollars(row.get(MODEL_PRICES.OUTPUT_PICOS), 6),
                            dollars(row.get(MODEL_PRICES.CACHED_INPUT_PICOS), 6),
                            dollars(row.get(MODEL_PRICES.REQUEST_PICOS), 12),
                            row.get(MODEL_PRICES.SOURCE)));
            return null;
          });
    }
    main.print(rows);
    return Main.OK;
  }

  private static @Nullable String dollars(@Nullable Long picos, int decimals) {
    return picos == null
        ? null
        : BigDecimal.valueOf(picos, decimals).stripTrailingZeros().toPlainString();
  }

  @Command(
      description = {
        "Takes newer public prices on: what changed is added, and holds from now on or from the day that"
            + " the file names. Prices set by hand go before them.",
        "FILE is data.json of genai-prices (then --commit is needed), or what --write wrote."
      })
  int refresh(
      @Parameters(paramLabel = "FILE") Path file,
      @Option(
              names = "--commit",
              paramLabel = "HASH",
              description = "The commit of genai-prices from which the file is.")
          @Nullable String commit,
      @Option(
              names = "--date",
              paramLabel = "DAY",
              description = "The day of that commit; default: today.")
          @Nullable LocalDate date,
      @Option(
              names = "--write",
              paramLabel = "RESOURCE",
              description =
                  "Write the converted prices to this file, for the next build; the database is left"
                      + " alone.")
          @Nullable Path resource) {
    String converted = converted(file, commit, date);
    PriceCatalogue catalogue = catalogue(converted);
    if (resource != null) {
      try {
        Files.writeString(resource, converted);
      } catch (IOException e) {
        throw new UncheckedIOException(resource + " cannot be written", e);
      }
      main.printOne(Rows.of("written", "models").add(resource, catalogue.size()));
      return Main.OK;
    }
    try (Database database = main.context().current()) {
      PriceStore.Seeded added =
          database.write(sql -> new PriceStore(catalogue).seed(sql, Instant.now()));
      main.printOne(
          Rows.of("models known", "prices added", "models added")
              .add(catalogue.size(), added.prices(), added.models()));
      return Main.OK;
    }
  }

  private static String converted(Path file, @Nullable String commit, @Nullable LocalDate date) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
    if (!text.stripLeading().startsWith("[")) {
      return text; // converted before
    }
    if (commit == null) {
      throw new RequestProblem.Invalid(
              "commit",
              "it is not said from which commit of genai-prices the file is",
              "add --commit HASH; rows name it as their source")
          .exception();
    }
    try {
      return CatalogueConversion.convert(
          text, commit, date == null ? LocalDate.now(ZoneOffset.UTC) : date);
    } catch (IllegalArgumentException e) {
      throw notPrices(e);
    }
  }

  private static PriceCatalogue catalogue(String converted) {
    try {
      return PriceCatalogue.bundledWith(converted);
    } catch (IllegalArgumentException e) {
      throw notPrices(e);
    }
  }

  private static RuntimeException notPrices(IllegalArgumentException e) {
    return new RequestProblem.Invalid(
            "file",
            "the file holds no prices that can be read: " + e.getMessage(),
            "give prices/new_data/v2/data.json of github.com/pydantic/genai-prices")
        .exception(e);
  }
}
