"""Writes behind a prompt that was read: free text held to the citations given, or JSON of a given shape.

The model draws freely and only what it drew is looked at; a refused token is drawn again without it. That costs nothing
when all is well; a grammar sampler tests the whole vocabulary first and halves the speed. Belongs to the worker.
"""

import codecs
import time
from collections.abc import Sequence

from coach.errors import ModelError
from coach.llm.guard import Guard
from coach.llm.memory import Memory
from coach.llm.native import Native
from coach.llm.output import LoopDetector, StopFilter
from coach.llm.request import Request
from coach.llm.setup import BATCH
from coach.llm.speed import Speed
from coach.llm.structured import Fill, Letters, Pick, Say, Schema, steps

MISSES = 32
"""A string of JSON ends after so many refused tokens in a row: what the model wants to write does not belong there."""
SLACK = 4
"""Tokens left beside those of the least that follows: choices may part its tokens otherwise."""
_ENDS = ',}]"'
"""What may stand behind a JSON value that could also go on."""


class Writer:
    """Writes the answer to one request, whose counts and reason it keeps up to date."""

    def __init__(self, native: Native, memory: Memory, request: Request, speed: Speed) -> None:
        self._native, self._memory, self._request, self._speed = native, memory, request, speed
        self._weights = native.weights
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._guard, self._loops = Guard(request.citations), LoopDetector()
        self._limit = min(request.limit, native.context - len(memory.held))
        self._waiting: list[int] = []  # tokens that are written, but not yet read by the model
        native.begin_sampling(temperature=request.temperature, top_p=request.top_p, seed=request.seed)

    def write(self) -> None:
        """Write what the request asks for."""
        start = time.perf_counter()
        if self._request.schema is None:
            self._text()
        else:
            self._json(self._request.schema)
        self._speed.write(self._request.written - 1, time.perf_counter() - start)

    # Free text

    def _text(self) -> None:
        request, stops = self._request, StopFilter(self._request.stops)
        while request.written < self._limit:
            token, text = self._draw()
            if self._weights.ends(token):
                request.reason = "stop"
                break
            request.written += 1
            if shown := stops.feed(text):
                request.pieces.put(shown)
            if stops.stopped:
                request.reason = "stop"
                return
            if self._loops.feed(token):
                request.reason = "repetition"
                break
            if request.written < self._limit:
                self._memory.decode([token])
        if rest := stops.feed(self._decoder.decode(b"", final=True)) + stops.rest():
            request.pieces.put(rest)

    def _draw(self) -> tuple[int, str]:
        before = self._decoder.getstate()
        for _ in range(self._weights.words):
            token = self._native.sample()
            text = self._decode_piece(token, before)
            after = self._guard.after(text)
            if after is not None:
                self._guard = after
                return token, text
            self._native.forbid(token)
        raise ModelError("The model finds no word that it may write here. Choose another model.")

    def _decode_piece(self, token: int, before: tuple[bytes, int]) -> str:
        self._decoder.setstate(before)
        return self._decoder.decode(self._weights.piece(token))

    # JSON: the program writes the frame, the model chooses, and writes inside strings

    def _json(self, schema: Schema) -> None:
        request, script, answer = self._request, steps(schema), ""
        request.reason = "stop"
        for _ in range(1 << 20):
            try:
                step = script.send(answer) if answer else next(script)
            except StopIteration:
                return
            answer = ""
            match step:
                case Say(text):
                    self._say(text)
                case Pick(options):
                    answer = self._pick(options)
                case Fill():
                    self._fill(step)

    @property
    def _room(self) -> int:
        """Tokens that may still be written."""
        return self._limit - self._request.written - len(self._waiting)

    def _say(self, text: str) -> None:
        """Write text that needs no choice; the model reads it when it has to choose again."""
        self._request.pieces.put(text)
        self._queue(self._weights.tokenize(text, special=False))

    def _queue(self, tokens: Sequence[int]) -> None:
        self._waiting += tokens

    def _catch_up(self) -> bool:
        """Let the model read what was written; False if there is no room for that and one token more."""
        if self._room < 1:
            self._request.reason = "length"
            return False
        tokens, self._waiting = self._waiting, []
        for start in range(0, len(tokens), BATCH):
            self._memory.decode(tokens[start : start + BATCH])
        self._request.written += len(tokens)
        return True

    def _pick(self, options: tuple[str, ...]) -> str:
        """Follow the options' tokens from fork to fork, and take the likelier branch; the first without room."""
        left = {option: self._weights.tokenize(option, special=False) for option in options}
        place = 0
        while len(left) > 1:
            branches = {tokens[place] for tokens in left.values() if len(tokens) > place}
            ended = [option for option, tokens in left.items() if len(tokens) == place]
            if len(branches) > 1 or ended:
                if not self._catch_up():
                    left = {next(iter(left)): []}
                    break
                ends = {self._weights.tokenize(end, special=False)[0]: end for end in _ENDS} if ended else {}
                best = self._native.likeliest([*branches, *ends])
                if best not in branches:
                    left = {ended[0]: left[ended[0]]}
                    break
                branches = {best}
            left = {o: tokens for o, tokens in left.items() if len(tokens) > place and tokens[place] in branches}
            self._queue([next(iter(branches))])
            place += 1
        option, tokens = next(iter(left.items()))
        self._queue(tokens[place:])
        self._request.pieces.put(option)
        return option

    def _fill(self, step: Fill) -> None:
        """Write inside a string until the model ends it, it is long enough, or the tokens are needed for the rest."""
        letters, guard, misses = Letters(step.longest), Guard(self._request.citations), 0
        reserve = len(self._weights.tokenize(step.rest, special=False)) + SLACK
        self._decoder.reset()
        while self._room > reserve and misses < MISSES and self._catch_up():
            before = self._decoder.getstate()
            token = self._native.sample()
            if self._weights.ends(token):
                return
            text = self._decode_piece(token, before)
            read = letters.read(text)
            after = guard.after(read[0]) if read else None
            if read is None or after is None:
                self._decoder.setstate(before)
                self._native.forbid(token)
                misses += 1
                continue
            (kept, closed), guard, misses = read, after, 0
            if kept:
                self._request.pieces.put(kept)
            if closed:
                self._queue(self._weights.tokenize(kept, special=False))
                return
            self._queue([token])
            if self._loops.feed(token):
                self._request.reason = "repetition"
                return
        if self._room <= reserve:
            self._request.reason = "length"
