"""lanewayd, its store on disk, a real engine and a real array (tgtd), together."""

import subprocess
import unittest

from daemon import Daemon, Stream
from lab import watch
from lab.engine import Engine
from lab.target import Target
from lab.workplace import Workplace

MIB = 1 << 20


class PlatformCase(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(Workplace('manager'))
        self.engine = Engine(self.workplace)

    def start_daemon(self, *options):
        self.daemon = Daemon(self.workplace, self.engine, *options)
        watch.until(lambda: self.daemon.get('/events')['items'], 'a first look at the engine')
        return self.daemon

    def functions_of_engine(self):
        return {each['name']: each for each in self.engine.laneway('vf', 'list')['functions']}


class JourneyTest(PlatformCase):
    def test_a_target_a_volume_and_a_function_are_made_changed_and_deleted(self):
        target = Target(self.workplace)
        lun = target.add_lun(64 * MIB)
        daemon = self.start_daemon()
        made = daemon.make('targets', 'array', {'iqn': Target.IQN, 'portal': target.portal})
        self.assertEqual(made['status']['state'], 'ready')
        self.assertEqual(made['status']['luns'][0]['capacity_bytes'], 64 * MIB)
        daemon.make('volumes', 'disk', {'kind': 'lun', 'paths': [{'target': 'array', 'lun': lun}]})
        daemon.make('policies', 'gold', {'limits': {'iops_max': 5000}})
        function = daemon.make('functions', 'vm1', {'volume': 'disk', 'policy': 'gold'})
        self.assertEqual(function['status']['state'], 'serving')
        self.assertEqual(self.functions_of_engine()['vm1']['group'], 'gold')
        watch.until(lambda: daemon.status('volumes', 'disk').get('identity'), 'the volume bound to its disk')
        # Live.
        got = daemon.ask('PATCH', '/policies/gold?wait=60', {'spec': {'limits': {'iops_max': 700}}}, {'If-Match': '*'})
        self.assertEqual(got.status, 200, got.body)
        groups = self.engine.laneway('group', 'list')['groups']
        self.assertEqual(groups[0]['limits'], {'iops_max': 700})
        self.assertEqual(daemon.ask('DELETE', '/targets/array').status, 409)
        self.assertEqual(daemon.get('/functions/vm1/stats')['reads'], 0)
        for plural, name in (('functions', 'vm1'), ('volumes', 'disk'), ('policies', 'gold'), ('targets', 'array')):
            daemon.delete(plural, name)
        self.assertEqual(self.functions_of_engine(), {})
        self.assertEqual(self.engine.laneway('target', 'list')['targets'], [])

    def test_an_array_that_does_not_answer_is_said_and_holds_up_nothing_else(self):
        daemon = self.start_daemon()
        nowhere = {'spec': {'iqn': Target.IQN, 'portal': 'no.such.host.invalid'}}
        got = daemon.ask('PUT', '/targets/gone?wait=60', nowhere)
        self.assertEqual(got.status, 409)
        self.assertIn('check the name', got.body['detail'])
        self.assertEqual(daemon.status('targets', 'gone')['state'], 'failed')
        daemon.make('volumes', 'm', {'kind': 'memory', 'size_bytes': MIB})
        daemon.make('functions', 'vm1', {'volume': 'm'})

    def test_a_file_is_made_once_resized_and_served_again(self):
        daemon = self.start_daemon()
        path = str(self.workplace.path('disk.img'))
        daemon.make('volumes', 'f', {'kind': 'file', 'path': path, 'size_bytes': 8 * MIB})
        daemon.make('functions', 'vm1', {'volume': 'f'})
        watch.until(lambda: daemon.status('volumes', 'f').get('size_bytes') == 8 * MIB, 'its size')
        patch = {'spec': {'size_bytes': 16 * MIB}}
        self.assertEqual(daemon.ask('PATCH', '/volumes/f', patch, {'If-Match': '*'}).status, 200)
        watch.until(lambda: self.functions_of_engine()['vm1']['capacity_bytes'] == 16 * MIB, 'the new size')
        for desired, state in (('stopped', 'stopped'), ('serving', 'serving')):
            got = daemon.ask('PATCH', '/functions/vm1?wait=60', {'spec': {'desired': desired}}, {'If-Match': '*'})
            self.assertEqual(got.status, 200, got.body)
            daemon.until_state('functions', 'vm1', state)


class DiskTest(PlatformCase):
    def test_another_disk_behind_a_lun_is_refused(self):
        target = Target(self.workplace)
        lun = target.add_lun(64 * MIB)
        daemon = self.start_daemon()
        daemon.make('targets', 'array', {'iqn': Target.IQN, 'portal': target.portal})
        daemon.make('volumes', 'disk', {'kind': 'lun', 'paths': [{'target': 'array', 'lun': lun}]})
        daemon.make('functions', 'vm1', {'volume': 'disk'})
        first = watch.until(lambda: daemon.status('volumes', 'disk').get('identity'), 'its identity')
        daemon.delete('functions', 'vm1')
        other = target.add_lun(64 * MIB)
        elsewhere = {'spec': {'paths': [{'target': 'array', 'lun': other}]}}
        self.assertEqual(daemon.ask('PATCH', '/volumes/disk', elsewhere, {'If-Match': '*'}).status, 200)
        got = daemon.ask('PUT', '/functions/vm1?wait=60', {'spec': {'volume': 'disk'}})
        self.assertEqual(got.status, 409, got.body)
        self.assertIn(first, got.body['detail'])
        self.assertEqual(self.functions_of_engine(), {})


class LivesTest(PlatformCase):
    def test_what_the_engine_has_is_adopted_at_the_first_start(self):
        target = Target(self.workplace)
        target.require_chap('host7', 'a-true-secret-42')
        target.add_lun(64 * MIB)
        secret = self.workplace.path('secret')
        secret.write_text('a-true-secret-42\n')
        self.engine.laneway('target', 'login', Target.IQN, '--portal', target.portal, '--name', 'array',
                            '--chap-user', 'host7', '--chap-secret-file', secret)
        self.engine.laneway('group', 'create', 'gold', '--iops-max', '900')
        self.engine.create('vm1', '--target', 'array', '--lun', '1', '--group', 'gold')
        before = self.functions_of_engine()
        daemon = self.start_daemon()
        daemon.until_state('functions', 'vm1', 'serving')
        self.assertEqual(daemon.status('targets', 'array')['secrets'], 'kept_by_engine')
        watch.until(lambda: daemon.status('functions', 'vm1')['observed_generation'] == 1, 'its mark in the engine')
        after = self.functions_of_engine()
        after['vm1'].pop('origin')
        self.assertEqual(after, before)
        # What is made by hand later is left alone, and told.
        self.engine.create('stranger', '--memory', '1M')
        watch.until(lambda: daemon.get('/events?filter=reason=not_managed')['items'], 'an event about it')
        self.assertEqual(daemon.ask('GET', '/functions/stranger').status, 404)
        self.assertIn('stranger', self.functions_of_engine())

    def test_the_engine_serves_without_lanewayd_which_finds_it_again(self):
        daemon = self.start_daemon()
        daemon.make('volumes', 'm', {'kind': 'memory', 'size_bytes': MIB})
        daemon.make('functions', 'vm1', {'volume': 'm'})
        uid = daemon.get('/functions/vm1')['uid']
        daemon.kill()
        self.assertEqual(self.functions_of_engine()['vm1']['state'], 'serving')
        daemon.start()
        daemon.until_state('functions', 'vm1', 'serving')
        self.assertEqual(daemon.get('/functions/vm1')['uid'], uid)

    def test_an_engine_that_is_down_is_said_and_gets_what_was_wanted_meanwhile(self):
        daemon = self.start_daemon()
        self.engine.stop()
        daemon.until_state('hosts', daemon.get('/hosts')['items'][0]['name'], 'degraded')
        self.assertEqual(daemon.ask('PUT', '/volumes/m', {'spec': {'kind': 'memory', 'size_bytes': MIB}}).status, 201)
        got = daemon.ask('PUT', '/functions/vm1', {'spec': {'volume': 'm'}})
        self.assertEqual(got.status, 202)
        self.assertIn('/api/v1/tasks/', got.headers['location'])
        self.engine.start()
        daemon.until_state('functions', 'vm1', 'serving')
        self.assertEqual(daemon.ask('GET', got.headers['location'].removeprefix('/api/v1')).body['state'], 'done')
        # A new engine without memory of it gets it again.
        self.engine.stop()
        (self.engine.state_folder / 'engine.json').unlink()
        self.engine.start()
        watch.until(lambda: 'vm1' in self.functions_of_engine(), 'the function made anew')

    def test_a_backup_brings_back_what_was_wanted(self):
        daemon = self.start_daemon()
        daemon.make('volumes', 'kept', {'kind': 'null', 'size_bytes': MIB})
        copy = self.workplace.path('backup.db')
        subprocess.run([str(word) for word in daemon.command('--backup', copy)], check=True)
        daemon.delete('volumes', 'kept')
        daemon.stop()
        subprocess.run([str(word) for word in daemon.command('--restore', copy)], check=True)
        daemon.start()
        self.assertEqual(daemon.get('/volumes/kept')['spec']['kind'], 'null')


class ClientsTest(PlatformCase):
    def test_a_stream_goes_on_where_it_was_cut_off(self):
        daemon = self.start_daemon()
        stream = Stream(daemon)
        spec = {'kind': 'null', 'size_bytes': MIB}
        daemon.make('volumes', 'a', spec)
        stream.until('put', lambda data: data['name'] == 'a')
        stream.close()
        daemon.make('volumes', 'b', spec)
        again = Stream(daemon, stream.last_id)
        self.assertEqual(again.until('put', lambda data: data['kind'] == 'volume')['name'], 'b')
        again.close()
        daemon.stop()
        daemon.start()
        late = Stream(daemon, again.last_id)
        self.assertEqual(late.next()[0], 'reset')
        late.close()

    def test_a_person_logs_in_over_https_and_a_program_with_its_token(self):
        daemon = self.start_daemon('--listen', '127.0.0.1:0')
        self.assertEqual(daemon.ask('GET', '/volumes', https=True).status, 401)
        password = (daemon.state_folder / 'first-password').read_text().strip()
        log_in = {'user': 'admin', 'password': password}
        self.assertEqual(daemon.ask('POST', '/session', log_in, https=True).status, 403)
        log_in['new_password'] = 'a-password-of-my-own'
        got = daemon.ask('POST', '/session', log_in, https=True)
        self.assertEqual(got.status, 200, got.body)
        cookie = {'Cookie': got.headers['set-cookie'].split(';')[0]}
        token = {'name': 'ci', 'spec': {'role': 'viewer'}}
        self.assertEqual(daemon.ask('POST', '/tokens', token, cookie, https=True).status, 403)
        cookie['X-CSRF-Token'] = got.body['csrf_token']
        made = daemon.ask('POST', '/tokens', token, cookie, https=True)
        self.assertEqual(made.status, 201, made.body)
        bearer = {'Authorization': 'Bearer ' + made.body['secret']}
        self.assertEqual(daemon.ask('GET', '/volumes', None, bearer, https=True).status, 200)
        self.assertEqual(daemon.ask('DELETE', '/volumes/x', None, bearer, https=True).status, 403)
        who = {entry['operation']: entry['who'] for entry in daemon.get('/audit')['items']}
        self.assertEqual(who['createToken'], 'admin')
        # Sessions end with lanewayd, tokens do not.
        daemon.stop()
        daemon.start()
        self.assertEqual(daemon.ask('GET', '/volumes', None, cookie, https=True).status, 401)
        self.assertEqual(daemon.ask('GET', '/volumes', None, bearer, https=True).status, 200)
