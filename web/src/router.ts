import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

import { loadSession, session } from '@/session'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    /** Open without a session. */
    isOpen?: boolean
  }
}

const account = () => import('@/layouts/AccountLayout.vue')
const console_ = () => import('@/layouts/ConsoleLayout.vue')

const routes: RouteRecordRaw[] = [
  {
    path: '/',
    component: console_,
    children: [
      { path: '', redirect: '/profile' },
      { path: 'profile', component: () => import('@/pages/console/ProfilePage.vue'), meta: { title: '用户管理' } },
      { path: 'messages', component: () => import('@/pages/console/MessagesPage.vue'), meta: { title: '消息' } },
      { path: ':rest(.*)', component: () => import('@/pages/console/MissingPage.vue'), meta: { title: '没有这个页面' } },
    ],
  },
  {
    path: '/',
    component: account,
    children: [
      { path: 'login', component: () => import('@/pages/account/LogInPage.vue'), meta: { title: '登录', isOpen: true } },
      { path: 'register', component: () => import('@/pages/account/RegisterPage.vue'), meta: { title: '新用户注册', isOpen: true } },
      { path: 'recover/password', component: () => import('@/pages/account/RecoverPasswordPage.vue'), meta: { title: '找回密码', isOpen: true } },
      { path: 'recover/username', component: () => import('@/pages/account/RecoverUsernamePage.vue'), meta: { title: '找回用户名', isOpen: true } },
    ],
  },
]

export const router = createRouter({
  history: createWebHistory('/app/'),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  if (to.meta.isOpen) return true
  if (!session.isKnown) await loadSession().catch(() => null)
  if (session.user !== null) return true
  return { path: '/login', query: { to: to.fullPath } }
})

router.afterEach((to) => {
  document.title = `${to.meta.title} - 企业标准信息公共服务平台`
})
