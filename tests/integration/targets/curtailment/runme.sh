#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

# Python on standard input, with all of look.py.
check() {
    { echo "from look import *"; cat; } | CONTROL=$(control) PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=. "$PYTHON" -
}

run() {
    local playbook=$1
    shift
    $remembering play "minerops.whatsminer.$playbook" \
        -e "curtailment_state_file=$SCRATCH/memory.json" -e "curtailment_report_file=$SCRATCH/report.json" \
        -e curtailment_settle_seconds=1 -e curtailment_step_pause_seconds=1 -e curtailment_recheck_seconds=0 "$@"
}

# Fails as it should, and says $1.
run_in_vain() {
    local words=$1
    shift
    if run "$@" >"$SCRATCH/said" 2>&1; then
        cat "$SCRATCH/said" >&2
        return 1
    fi
    grep -q "$words" <(tr -s '\n ' ' ' <"$SCRATCH/said") || { cat "$SCRATCH/said" >&2; return 1; }
}

# Runs it, and kills the controller with all its workers once so many miners took the command.
run_and_kill() {
    local command=$1 number=$2
    shift 2
    set -m
    run "$@" >"$SCRATCH/said" 2>&1 &
    local group=$!
    set +m
    check <<<"wait_until_taken('$command', $number, $group)" || { cat "$SCRATCH/said" >&2; return 1; }
    kill -KILL -- "-$group"
    wait "$group" || true
}

mkdir -m 700 "$SCRATCH/holds"
export ANSIBLE_WHATSMINER_HOLDS=$SCRATCH/holds

start_fleet --fleet fleet.yml
remembering=keep_facts
keep_facts play percent.yml
check <<<"note()"
ctl reset >/dev/null

echo "--- variables that are misspelt or make no sense are named in plain words, and no miner is asked"
run_in_vain "curtailment_sper is no variable of minerops.whatsminer; the nearest is curtailment_spare" \
    curtail -e curtailment_shed_kw=6 -e curtailment_sper=a1
run_in_vain 'exactly one of curtailment_shed_kw, .* must say what to shed' \
    curtail -e curtailment_shed_kw=6 -e curtailment_to_kw=6
run_in_vain "curtailment_step_kilowatts is no variable .* nearest is curtailment_step_kw" resume -e curtailment_step_kilowatts=1
check <<<'assert not ask("/counters")["connections"]'

echo "--- check mode shows the plan, also where results are hidden, and changes nothing"
ANSIBLE_DISPLAY_OK_HOSTS=false run curtail -e curtailment_shed_kw=6 --check | tee "$SCRATCH/plan"
grep -q "kW before, .* kW expected: .* kW less; 2 miners would be curtailed" "$SCRATCH/plan"
check <<'EOF'
counters = ask("/counters")
assert states() == before() and not counters["writes"] and not counters["tokens"], counters
assert not MEMORY.exists() and not (SCRATCH / "report.json").exists()
EOF

echo "--- low mode, hosts in a declared order, and no others"
run curtail -e curtailment_shed_kw=1.05 -e curtailment_by=low -e curtailment_low_percent=76 \
    -e '{"curtailment_first": {"hosts": ["c2", "a1"]}, "curtailment_rest": "untouched"}'
check <<'EOF'
now = states()
assert {name for name in now if now[name]["mode"] == "Low"} == {"c2", "a1"} == set(memory()) and not off(), (now, memory())
assert report()["met"] and report()["shed_kw"] >= 1.05, report()
EOF

echo "--- a second adds to it: so many kW off, groups and hosts first, a host spared; who refuses is replaced by the next"
run curtail -e curtailment_shed_kw=14.3 \
    -e '{"curtailment_first": {"hosts": ["hall_c", "hall_b", "a1"]}, "curtailment_spare": ["b3"]}'
check <<'EOF'
assert off() == {"c1", "c2", "b1", "b2", "a1"}, off()
assert set(memory()) >= off() and not {"a-off", "b3", "b-dead"} & set(memory()), memory()
assert memory()["c2"]["before"]["mode"] == "high", memory()
told = report()
assert told["met"] and told["shed_kw"] >= 14.3 and told["off_before"] == ["a-off"], told
assert hosts(told["curtailed"]) == off() and hosts(told["lost"]) == {"b-dead"} and hosts(told["failed"]) == {"b-refusing"}, told
assert all(row["how"] == "off" and row["before_kw"] > 2 and row["after_kw"] == 0 for row in told["curtailed"]), told
assert ("hall_b", 2) in {(row["group"], row["miners"]) for row in told["groups"]}, told
EOF

echo "--- all of them: not met while one can't be reached"
run_in_vain "1 miner couldn't be reached, and nobody knows what power is still taken there: b-dead" \
    curtail -e curtailment_all=true --limit b3:d:b-dead
check <<'EOF'
assert report()["verdict"] == "unreached" and hosts(report()["curtailed"]) == {"b3", "d"} <= off() & set(memory()), report()
assert memory()["d"]["mac"] and memory()["d"]["before"]["percent"] == 100, memory()
EOF

echo "--- a resume restores just that, preheated, in steps"
ctl reset >/dev/null
run resume -e curtailment_step_miners=3 -e curtailment_preheat=true
check <<'EOF'
assert states() == before() and not memory(), (states(), memory())
assert kept_to_steps(3, 1) == 7
told = report()
assert told["met"] and len(told["restored"]) == 7 and told["after_kw"] > 0.9 * told["was_kw"], told
assert before()["a1"]["percent"] == 80
# Firmware of 1.3 and 1.4 that is off doesn't show which machine it is: with its MAC pinned, nothing but power on is sent.
assert {miner for _moment, miner in taken("pre_power_on")} == {"a1", "d"}, taken("pre_power_on")
assert hosts(told["not_preheated"]) == {"b1", "b2", "b3", "c1", "c2"}, told
EOF

echo "--- by percent, and what can't be shed is said"
run_in_vain "kW are missing: there are no more miners" curtail -e curtailment_shed_percent=50 \
    -e curtailment_by=percent -e curtailment_percent=50 \
    -e '{"curtailment_first": {"groups": ["hall_a"]}, "curtailment_rest": "untouched"}'
check <<'EOF'
assert {name for name, state in states().items() if state["percent"] == 50} == {"a1", "a2", "a3", "a4"} == set(memory()), states()
told = report()
assert not told["met"] and told["verdict"] == "exhausted" and 5 < told["shed_kw"] < 0.5 * told["before_kw"], told
assert abs(told["missing_kw"] + told["shed_kw"] - 0.5 * told["before_kw"]) < 0.1, told
EOF

echo "--- who can't be reached is left for the next resume"
ctl set a2 '{"faults": {"refuse": true}}' >/dev/null
run_in_vain "remembers who is left" resume -e curtailment_step_kw=4
check <<'EOF'
assert set(memory()) == {"a2"} == hosts(report()["failed"]) and len(report()["steps"]) == 2, (memory(), report())
assert states() == {**before(), "a2": {**before()["a2"], "percent": 50}} and before()["a1"]["percent"] == 80, states()
EOF
ctl set a2 '{"faults": null}' >/dev/null

echo "--- a memory of miners outside the play, and a file that says nothing, are no memory of nothing"
run_in_vain "not in this play, by its limit or its inventory, but remembered: 1 miner: a2" resume --limit b3
check <<<"assert set(memory()) == {'a2'} and report()['elsewhere'] == ['a2'], (memory(), report())"
: >"$SCRATCH/empty.json"
run_in_vain "curtailment_state_file: $SCRATCH/empty.json is empty" resume -e "curtailment_state_file=$SCRATCH/empty.json"
run_in_vain "curtailment_state_file must name a file" curtail -e curtailment_all=true -e '{"curtailment_state_file": " "}'
run resume
check <<<"assert states() == before() and not memory(), (states(), memory())"
run resume | grep "Nothing to resume"

echo "--- a controller killed in the middle of a curtailment, and run again: as much is shed as was declared, and not more"
ctl set a1 '{"options": {"latency_ms": 1500}}' >/dev/null
ctl set a2 '{"options": {"latency_ms": 1500}}' >/dev/null
ctl reset >/dev/null
check <<<"note()"
declared=(-e curtailment_shed_kw=12 -e '{"curtailment_first": {"hosts": ["a3", "b1", "a1", "a2"]}}')
run_and_kill power_off 2 curtail "${declared[@]}"
check <<'EOF'
assert off() == {"a3", "b1"} and set(memory()) == {"a3", "b1", "a1", "a2"}, (off(), memory())
EOF
ctl set '*' '{"options": {"latency_ms": 0}}' >/dev/null
run curtail "${declared[@]}"
check <<'EOF'
assert off() == {"a3", "b1", "a1", "a2"} <= set(memory()), (off(), memory())
assert report()["met"] and report()["continued"] and 12 <= report()["shed_kw"] < 15, report()
EOF

echo "--- and in the middle of a resume: each miner is back to what it was, and no two steps come together"
ctl reset >/dev/null
run_and_kill power_on 2 resume -e curtailment_step_miners=1
check <<<"assert off() and memory()"
run resume -e curtailment_step_miners=1
check <<'EOF'
assert states() == before() and not memory(), (states(), memory())
assert kept_to_steps(1, 1) == 4
EOF

echo "--- two reasons side by side: a miner comes back when none holds it"
first='{"curtailment_first": {"hosts": ["a3", "b1"]}, "curtailment_rest": "untouched"}'
for_price=(-e curtailment_reason=price -e "curtailment_state_file=$SCRATCH/price.json")
run curtail "${for_price[@]}" -e curtailment_shed_kw=3 -e "$first"
check <<<"assert off() == {'a3'} == held('price'), (off(), held('price'))"
run curtail -e curtailment_shed_kw=6 -e "$first" -e curtailment_hold_seconds=600 -e curtailment_until=+1h
check <<'EOF'
assert off() == {"a3", "b1"} == held("curtailment") and 6 <= report()["shed_kw"] < 8, (held("curtailment"), report())
EOF
run_in_vain "may not be taken back before" resume
run resume "${for_price[@]}" | tee "$SCRATCH/said"
grep -q "not to come back yet, since others hold them: 1 miner: a3 (curtailed since" "$SCRATCH/said"
check <<<"assert off() == {'a3', 'b1'} and not held('price'), (off(), held('price'))"

echo "--- a miner that is on already is told loudly; holds that can't be read are none that may be passed over"
ctl set b1 '{"state": {"powered": true}}' >/dev/null
echo "{" >"$SCRATCH/holds/b1.json.save" && mv "$SCRATCH/holds/b1.json" "$SCRATCH/kept" && mv "$SCRATCH/holds/b1.json.save" "$SCRATCH/holds/b1.json"
run_in_vain "the file b1.json makes no sense" resume -e curtailment_hold_seconds=0
ANSIBLE_WHATSMINER_HOLDS=$SCRATCH/nowhere run_in_vain "nowhere (whatsminer_holds), isn't there" curtail -e curtailment_all=true
mv "$SCRATCH/kept" "$SCRATCH/holds/b1.json"
run resume -e curtailment_hold_seconds=0 | tee "$SCRATCH/said"
grep -q "ATTENTION: 1 miner had not stayed curtailed" "$SCRATCH/said"
check <<<"assert states() == before() and not memory() and not held('curtailment'), (states(), memory())"

echo "--- two runs on the same miners never overlap"
ctl set a1 '{"options": {"latency_ms": 1500}}' >/dev/null
run curtail -e curtailment_shed_kw=3 -e '{"curtailment_first": {"hosts": ["a1"]}}' >"$SCRATCH/said" 2>&1 &
slow=$!
until [[ -n $(ls -A "$SCRATCH/holds/runs") ]]; do sleep 0.1; done
run_in_vain "another run works on .* curtail by curtailment since" curtail "${for_price[@]}" -e curtailment_all=true
wait "$slow" || { cat "$SCRATCH/said" >&2; exit 1; }
ctl set a1 '{"options": {"latency_ms": 0}}' >/dev/null
run resume
check <<<"assert states() == before() and not memory(), (states(), memory())"

echo "--- three hundred miners to a declared kW, and back"
remembering=
start_fleet --miners 300 --address-from "127.$((64 + RANDOM % 128)).$((RANDOM % 16 * 16)).1"
check <<<"note()"
run curtail -e curtailment_shed_kw=300
check <<'EOF'
told = report()
assert told["met"] and 300 <= told["shed_kw"] < 304 and not told["failed"] and not told["lost"], told["summary"]
assert off() == set(memory()) == hosts(told["curtailed"]) and 85 < len(off()) < 95, told["summary"]
EOF
ctl reset >/dev/null
run resume -e curtailment_step_miners=50
check <<'EOF'
assert states() == before() and not memory()
assert kept_to_steps(50, 1) == len(report()["restored"]) > 85
EOF
