package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.wire.ChatStream;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageReader;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** OpenAI's chunks for a client of OpenAI's: looked at, and handed on as they are. */
final class ChatFlow implements Flow {
  private static final byte[] NOTHING = {};

  private final ChatStream stream = new ChatStream();
  private final boolean isUsageWanted;
  private Sign sign = Sign.SILENT;

  ChatFlow(boolean isUsageWanted) {
    this.isUsageWanted = isUsageWanted;
  }

  @Override
  public Sign look(SseReader event) {
    sign =
        switch (stream.inspect(event.dataBuffer(), event.dataFrom(), event.dataTo())) {
          case DATA -> Sign.DATA;
          case USAGE_ONLY -> isUsageWanted ? Sign.DATA : Sign.SILENT;
          case ERROR -> Sign.BROKEN;
          case DONE -> Sign.DONE;
        };
    return sign;
  }

  @Override
  public boolean isBareEnd() {
    return sign == Sign.DONE;
  }

  @Override
  public void hand(SseReader event, Sink sink) {
    sink.write(event.buffer(), event.from(), event.length());
  }

  @Override
  public byte[] tail(TokenUsage used) {
    return NOTHING;
  }

  @Override
  public boolean isWhole() {
    return stream.isDone() || stream.finishReason() != null;
  }

  @Override
  public Optional<TokenUsage> usage() {
    return UsageReader.read(stream.usage());
  }

  @Override
  public boolean isUsageFinal() {
    return stream.isDone();
  }

  @Override
  public byte @Nullable [] error() {
    byte[] error = stream.error();
    return error == null ? null : ("{\"error\":" + new String(error, UTF_8) + "}").getBytes(UTF_8);
  }

  @Override
  public @Nullable String id() {
    return stream.id();
  }

  @Override
  public @Nullable String finishReason() {
    return stream.finishReason();
  }

  @Override
  public String outputText() {
    return stream.outputText();
  }

  @Override
  public long droppedOutputBytes() {
    return stream.droppedOutputBytes();
  }
}
