package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.StreamEvent;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.ledger.TokenUsage;
import java.io.ByteArrayOutputStream;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A stream that is read event by event, and written anew for a client of another format; for one of
 * the same format its bytes go on as they are.
 */
final class DialogueFlow implements Flow {
  /** Text that is kept for an estimate, in characters. */
  private static final int MOST_TEXT = 4 << 20;

  private final EventReader reader;
  private final @Nullable EventWriter writer;
  private final ClientFormat format;
  private final Frame frame;
  private final Bytes written = new Bytes();
  private final StringBuilder text = new StringBuilder();

  private Sign sign = Sign.SILENT;
  private boolean isBareEnd;
  private long droppedText;
  private @Nullable String id;
  private @Nullable FinishReason finish;
  private @Nullable TokenUsage usage;
  private boolean isUsageFinal;
  private boolean isEnded;
  private @Nullable UpstreamError error;

  /** Bytes that are handed on without a copy. */
  private static final class Bytes extends ByteArrayOutputStream {
    void drain(Sink sink) {
      sink.write(buf, 0, count);
      reset();
    }
  }

  /**
   * For one stream.
   *
   * @param writer null: the client has the upstream's format
   * @param format the client's
   */
  DialogueFlow(EventReader reader, @Nullable EventWriter writer, ClientFormat format, Frame frame) {
    this.reader = reader;
    this.writer = writer;
    this.format = format;
    this.frame = frame;
  }

  @Override
  public Sign look(SseReader event) {
    sign = Sign.SILENT;
    isBareEnd = true;
    reader.read(event.dataBuffer(), event.dataFrom(), event.dataTo(), this::take);
    isBareEnd &= isEnded;
    if (error != null) {
      return Sign.BROKEN;
    }
    if (isEnded) {
      return Sign.DONE;
    }
    if (writer != null && written.size() == 0) {
      return Sign.SILENT;
    }
    // What passes through passes whole, also what nobody has a word for.
    return writer == null && sign == Sign.SILENT ? Sign.DATA : sign;
  }

  @Override
  public boolean isBareEnd() {
    return isBareEnd;
  }

  private void take(StreamEvent event) {
    isBareEnd &= event instanceof StreamEvent.End;
    switch (event) {
      case StreamEvent.Begin(String name, _, TokenUsage counted) -> {
        id = name.isEmpty() ? null : name;
        usage = counted == null ? usage : counted;
        opening();
      }
      case StreamEvent.Ping _ -> opening();
      case StreamEvent.TextDelta(String words) -> said(words);
      case StreamEvent.RefusalDelta(String words) -> said(words);
      case StreamEvent.ThoughtDelta(String words) -> said(words);
      case StreamEvent.ToolBegin begin -> said(begin.name());
      case StreamEvent.ToolArguments(_, String json) -> said(json);
      case StreamEvent.SignatureDelta _, StreamEvent.SealedThought _ -> sign = Sign.DATA;
      case StreamEvent.Lost _ -> {
        // The client sees nothing of it.
      }
      case StreamEvent.Finish(FinishReason reason, _) -> {
        finish = reason;
        sign = Sign.DATA;
      }
      case StreamEvent.Usage(TokenUsage counted) -> {
        usage = counted;
        isUsageFinal = true;
        sign = Sign.DATA;
        return; // the tail says it, with what the ledger says
      }
      case StreamEvent.Broke(UpstreamError said) -> {
        error = said;
        return;
      }
      case StreamEvent.End _ -> {
        isEnded = true;
        return;
      }
    }
    if (writer != null) {
      writer.write(event, written);
    }
  }

  private void opening() {
    sign = sign == Sign.SILENT ? Sign.OPENING : sign;
  }

  private void said(String words) {
    sign = Sign.DATA;
    if (text.length() + words.length() <= MOST_TEXT) {
      text.append(words);
    } else {
      droppedText += words.length();
    }
  }

  @Override
  public void hand(SseReader event, Sink sink) {
    if (writer == null) {
      sink.write(event.buffer(), event.from(), event.length());
    } else {
      written.drain(sink);
    }
  }

  @Override
  public byte[] tail(TokenUsage used) {
    if (writer != null) {
      writer.write(new StreamEvent.Usage(used), written);
      writer.write(new StreamEvent.End(), written);
    }
    return written.toByteArray();
  }

  @Override
  public boolean isWhole() {
    return isEnded || finish != null;
  }

  @Override
  public Optional<TokenUsage> usage() {
    return Optional.ofNullable(usage);
  }

  @Override
  public boolean isUsageFinal() {
    return isUsageFinal && isWhole();
  }

  @Override
  public byte @Nullable [] error() {
    return error == null ? null : format.writeError(error, frame);
  }

  @Override
  public @Nullable String id() {
    return id;
  }

  @Override
  public @Nullable String finishReason() {
    return finish == null ? null : finish.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String outputText() {
    return text.toString();
  }

  @Override
  public long droppedOutputBytes() {
    return droppedText;
  }
}
